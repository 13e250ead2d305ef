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
  // A list that is cleared by keys: j and k move, a letter presses the button that shows it, Enter the one that is suggested.
  var list = document.querySelector("[data-keys]");
  if (list) {
    var items = Array.prototype.slice.call(list.children);
    var at = Math.min(Number(list.dataset.at) || 0, items.length - 1);
    var turn = function (to) {
      at = Math.max(0, Math.min(to, items.length - 1));
      items.forEach(function (item, i) { if (i === at) { item.setAttribute("aria-current", "true"); } else { item.removeAttribute("aria-current"); } });
      items[at].focus({ preventScroll: true });
      items[at].scrollIntoView({ block: "nearest" });
    };
    document.addEventListener("keydown", function (event) {
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) { return; }
      var field = event.target.closest("input, select, textarea");
      if (event.key === "Escape") { turn(at); return; }
      if (field) {
        if (event.key === "Enter" && list.contains(field)) { event.preventDefault(); field.form.requestSubmit(); }
        return;
      }
      if (event.target.closest("a, button, summary") && event.key === "Enter") { return; }
      var wanted = event.key === "Enter" ? "[data-suggested]" : /^[a-z]$/.test(event.key) ? "[data-key='" + event.key + "']" : null;
      if (event.key === "j") { turn(at + 1); } else if (event.key === "k") { turn(at - 1); }
      else {
        var found = wanted && (items[at].querySelector(wanted) || document.querySelector("main > .paging " + wanted));
        if (!found) { return; }
        if (found.matches("select")) { found.focus(); } else { found.click(); }
      }
      event.preventDefault();
    });
    list.addEventListener("focusin", function (event) {
      var item = items.indexOf(event.target.closest("[data-keys] > *"));
      if (item >= 0 && item !== at) { at = item; items.forEach(function (other, i) { if (i === at) { other.setAttribute("aria-current", "true"); } else { other.removeAttribute("aria-current"); } }); }
    });
    turn(at);
  }
  var summary = document.querySelector(".summary");
  if (summary) { summary.setAttribute("tabindex", "-1"); summary.focus(); summary.scrollIntoView({ block: "center" }); }
})();
