// Before the first paint: the reader's choice of light, and what the gate last showed of the meter.
(function (root) {
  var theme, shown = /(?:^|; )(?:__Host-)?bs_shown=([^;]*)/.exec(document.cookie);
  try { theme = localStorage.getItem("theme"); } catch (e) { theme = null; }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  root.classList.add("has-script");
  // who gave this story: story.name~story.name
  var story = /-(\d+)\/$/.exec(location.pathname);
  var given = /(?:^|; )(?:__Host-)?bs_given=([^;]*)/.exec(document.cookie);
  (story && given ? given[1].split("~") : []).forEach(function (one) {
    var dot = one.indexOf(".");
    if (one.slice(0, dot) !== story[1]) return;
    try { root.dataset.given = decodeURIComponent(one.slice(dot + 1)); } catch (e) { /* not ours */ }
  });
  // by which organisation's licence one reads
  var through = /(?:^|; )(?:__Host-)?bs_through=([^;]+)/.exec(document.cookie);
  try { if (through) root.dataset.through = decodeURIComponent(through[1]); } catch (e) { /* not ours */ }
  if (!shown) return;
  // used.limit.yyyy-mm-dd.kind
  shown = decodeURIComponent(shown[1]).split(".");
  if (shown[3] && shown[3] !== "anonymous") root.dataset.kind = shown[3];
  if (shown[3] !== "subscriber" && +shown[0] > 2 && +shown[1] > 0) {
    root.dataset.left = Math.max(0, shown[1] - shown[0]);
    root.dataset.limit = shown[1];
    if (/-01$/.test(shown[2])) root.dataset.month = "";
  }
})(document.documentElement);
