// After the page: fills the nudge's row, and lets the reader choose between light and dark.
(function (root) {
  var nudge = document.querySelector(".nudge"), left = +root.dataset.left, limit = +root.dataset.limit;
  if (nudge && root.dataset.left) {
    var lamps = nudge.querySelector(".lamps"), flame = lamps.firstElementChild;
    for (var i = 1; i < limit; i++) lamps.appendChild(flame.cloneNode(true));
    [].forEach.call(lamps.children, function (lamp, place) {
      lamp.classList.toggle("lit", place < left);
    });
    var words = nudge.querySelector("[data-words]"), say = words.dataset, month = "month" in root.dataset;
    words.querySelector("b").textContent = (left ? say.some : month ? say.monthNone : say.none)
      .replace("{left}", left).replace("{limit}", limit);
    words.querySelector("span").textContent = left ? (month ? say.monthRest : say.rest) : "";
  }
  var lent = document.querySelector(".lent p"), giver = root.dataset.given, through = root.dataset.through;
  if (lent && (giver !== undefined || through)) {
    var said = giver === undefined ? lent.dataset.through : giver === "*" ? lent.dataset.paper : giver ? lent.dataset.named : lent.dataset.unnamed;
    var around = said.split("{name}"), name = document.createElement("b");
    name.textContent = around[1] === undefined ? "" : giver === "*" ? lent.dataset.name : giver === undefined ? through : giver;
    lent.append(around[0], name, around[1] || "");
  }
  var themes = document.querySelectorAll("[data-choose]");
  function show(theme) {
    [].forEach.call(themes, function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.choose === theme));
    });
  }
  [].forEach.call(themes, function (button) {
    button.addEventListener("click", function () {
      var theme = button.dataset.choose;
      try { localStorage.setItem("theme", theme); } catch (e) { /* private window */ }
      if (theme === "system") delete root.dataset.theme; else root.dataset.theme = theme;
      show(theme);
    });
  });
  show(root.dataset.theme || "system");
})(document.documentElement);
