"""The columnists: frontal heads on a sheet of 400 × 400, one half in shade."""

from __future__ import annotations

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint


def p1(s: Sheet) -> None:
    """Draw a woman with long dark hair and round glasses."""
    s.box(0, 0, 400, 400, MARIGOLD)
    s.cut(
        "M104 330 Q86 120 150 74 Q206 40 262 78 Q318 130 298 330 Q250 350 200 340 "
        "Q140 350 104 330Z",
        DARK,
    )
    _head(s, INDIGO)
    s.cut(
        "M122 176 Q112 92 184 72 Q206 64 232 74 Q290 92 280 178 Q270 128 232 108 "
        "Q206 122 168 118 Q136 130 122 176Z",
        DARK,
    )
    s.line("M150 96 Q176 78 206 82 M236 90 Q262 104 270 136", tint(0.5, 0.1), 4)
    s.ring(167, 174, 25, DARK, 5.5)
    s.ring(235, 174, 25, DARK, 5.5)
    s.line("M192 170 q9 -6 18 0 M142 168 L126 164 M260 168 L276 164", DARK, 5.5)
    s.line("M128 396 L186 318 L200 336 L216 318 L274 396", MARIGOLD, 7)
    s.disc(201, 132, 5, DARK)


def p2(s: Sheet) -> None:
    """Draw an older man with grey hair and beard, in white."""
    s.box(0, 0, 400, 400, INDIGO)
    _head(s, PAPER, shade=0.42, mouth="M178 258 Q200 262 224 258")
    s.cut(
        "M122 172 Q110 92 160 72 Q186 48 240 62 Q292 80 280 172 Q272 124 246 112 "
        "Q200 128 150 108 Q130 128 122 172Z",
        tint(0.5, 0.1),
    )
    s.line("M140 100 Q170 70 206 80 M220 74 Q260 84 270 120", PAPER, 5)
    s.cut(
        "M136 220 Q146 300 200 304 Q254 300 266 220 Q256 244 232 246 Q200 232 170 246 "
        "Q146 244 136 220Z",
        tint(0.62, 0.15),
    )
    s.line("M176 262 Q200 270 226 261", DARK, 6)
    s.cut("M150 304 L200 372 L252 304 L262 318 L206 400 H194 L140 318Z", INDIGO)


def p3(s: Sheet) -> None:
    """Draw a woman in a marigold scarf."""
    s.box(0, 0, 400, 400, INDIGO)
    scarf = tint(0.2, 1)
    s.cut(
        "M92 250 Q70 110 150 66 Q206 34 268 70 Q330 116 308 250 Q320 300 290 330 L112 330 "
        "Q80 300 92 250Z",
        scarf,
    )
    _head(s, MARIGOLD, shade=0.4, mouth="M178 258 Q200 276 226 256")
    s.cut(
        "M114 240 Q96 116 160 76 Q204 56 246 78 Q304 116 286 240 Q280 150 246 118 "
        "Q204 96 158 118 Q124 150 114 240Z",
        scarf,
    )
    s.cut("M134 150 Q150 104 202 100 Q252 104 268 150 Q246 116 202 116 Q156 116 134 150Z", DARK)
    s.cut(
        "M112 236 Q104 300 150 330 Q200 352 250 330 Q296 300 288 236 Q280 292 246 300 "
        "L250 316 Q200 340 152 316 L158 300 Q120 292 112 236Z",
        tint(0.35, 1),
    )


def p4(s: Sheet) -> None:
    """Draw a man with a moustache and an open collar."""
    s.box(0, 0, 400, 400, tint(0, 0.3))
    _head(s, tint(0.7), shade=0.38, mouth="M180 264 Q202 270 224 262")
    s.cut(
        "M122 160 Q112 84 176 66 Q226 52 268 82 Q288 104 279 166 Q272 140 262 122 "
        "Q236 130 200 112 Q160 104 140 126 Q128 140 122 160Z",
        DARK,
    )
    s.cut("M160 238 Q200 226 242 238 Q236 252 202 248 Q168 252 160 238Z", DARK)
    s.cut("M140 318 L160 302 L202 344 L246 302 L262 318 L214 380 L202 362 L190 380Z", PAPER)
    s.line("M202 362 V400", DARK, 5)


def _head(
    s: Sheet, cloth: str, shade: float = 0.34, mouth: str = "M176 262 Q200 274 226 260"
) -> None:
    """Draw shoulders, neck and face; the right half takes `shade` of indigo."""
    s.cut("M60 400 Q70 322 150 304 L158 250 H244 L252 304 Q332 322 344 400Z", cloth)
    s.cut("M160 240 V306 Q202 344 244 306 V240Z", tint(shade, 0.5))
    s.cut(
        "M128 150 Q126 90 200 86 Q274 90 273 152 Q275 214 248 252 Q224 286 200 286 "
        "Q176 286 152 252 Q127 214 128 150Z",
        tint(0, 0.34),
    )
    s.cut(
        "M200 86 Q274 90 273 152 Q275 214 248 252 Q224 286 200 286 Q226 262 226 232 "
        "Q214 228 216 214 L206 168 Q216 150 214 120 Q212 96 200 86Z",
        tint(shade + 0.12, 0.5),
    )
    s.cut("M127 172 q-16 -6 -13 18 q4 24 20 24z", tint(0.1, 0.4))
    s.cut("M274 172 q16 -6 13 18 q-4 24 -20 24z", tint(shade + 0.2, 0.5))
    s.line("M148 152 Q166 140 184 150 M217 150 Q236 140 252 152", DARK, 8, cap="round")
    s.line("M202 160 Q196 196 190 212 Q196 222 210 219", DARK, 4.5, cap="round")
    s.line(mouth, DARK, 6, cap="round")
    s.cut("M153 172 Q167 161 182 172 Q167 181 153 172Z", PAPER)
    s.cut("M220 172 Q235 161 249 172 Q235 181 220 172Z", PAPER)
    s.disc(168, 171, 6.5, DARK)
    s.disc(234, 171, 6.5, DARK)
    s.line("M151 171 Q167 159 184 172 M218 172 Q235 159 251 171", DARK, 4)
