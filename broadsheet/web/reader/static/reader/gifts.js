// On the page of a gift: copy its link, or hand it to the device's own way of sharing.
(function () {
  var link = document.getElementById("gift-link");
  function offer(name, can, deed) {
    var button = document.querySelector("[data-" + name + "]");
    if (!link || !button || !can) return;
    button.hidden = false;
    button.addEventListener("click", function () { deed(button); });
  }
  offer("copy", navigator.clipboard, function (button) {
    navigator.clipboard.writeText(link.value).then(function () { button.textContent = button.dataset.done; });
  });
  offer("share", navigator.share, function (button) {
    navigator.share({ title: button.dataset.title, url: link.value }).catch(function () { /* not now */ });
  });
})();
