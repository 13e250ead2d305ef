// Small helps; every page works without them.
// Ask once more before leaving a form with typed text, and never send a form twice by a double click.
(function () {
  "use strict";
  var typed = false;
  document.addEventListener("input", function () { typed = true; });
  window.addEventListener("beforeunload", function (event) { if (typed) { event.preventDefault(); } });
  document.addEventListener("submit", function (event) {
    typed = false;
    var buttons = event.target.querySelectorAll("button");
    setTimeout(function () { buttons.forEach(function (button) { button.disabled = true; }); }, 0);
    setTimeout(function () { buttons.forEach(function (button) { button.disabled = false; }); }, 8000);
  });
  var summary = document.querySelector(".summary");
  if (summary) { summary.setAttribute("tabindex", "-1"); summary.focus(); summary.scrollIntoView({ block: "center" }); }
})();
