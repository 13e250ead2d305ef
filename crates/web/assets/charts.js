// Draws what a table says. The numbers are those of the table beside the picture, which is there without this script too.
(function () {
  "use strict";
  var INK = "#1b2733", SOFT = "#5a6978", LINE = "#8d9aa6";
  // Told apart by lightness too, and by hatching: on paper and for whoever does not see the colours.
  var SERIES = ["#0b5c8a", "#d9822b", "#8fb8d0"];
  var HATCHED = { symbol: "rect", color: "rgba(255,255,255,.75)", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4 };

  /** What a cell says: a number, or in words that there is none and why. */
  function read(cell) {
    var own = cell.cloneNode(true);
    own.querySelectorAll(".d-sm-none").forEach(function (heading) { heading.remove(); });
    var text = own.textContent.trim();
    return /^[\d,]+$/.test(text) ? { number: Number(text.replace(/,/g, "")), text: text } : { number: null, text: text };
  }

  function draw(figure) {
    var drawn = Number(figure.dataset.drawn), lying = figure.dataset.chart === "bars", unit = figure.dataset.unit;
    var names = Array.from(figure.querySelectorAll("thead th")).map(function (th) { return th.textContent.trim(); }).slice(1, drawn + 1);
    var rows = Array.from(figure.querySelectorAll("tbody tr")).map(function (tr) {
      var cells = Array.from(tr.children), link = cells[0].querySelector("a");
      return { label: read(cells[0]).text, url: link && link.href, values: cells.slice(1, drawn + 1).map(read) };
    });
    if (!rows.length) { return; }
    var sum = function (row) { return row.values.reduce(function (all, value) { return all + (value.number || 0); }, 0); };
    var said = function (row) {
      var known = row.values.some(function (value) { return value.number !== null; });
      return known ? sum(row).toLocaleString("zh-CN") : row.values[0].text;
    };
    var sentence = function (row) {
      return row.label + "：" + names.map(function (name, i) {
        var value = row.values[i];
        return name + " " + value.text + (value.number === null ? "" : " " + unit);
      }).join("，");
    };
    var box = figure.querySelector(".chart");
    box.hidden = false;
    box.style.height = (lying ? 34 * rows.length + 24 : 300) + "px";
    figure.querySelector(".chart-legend").hidden = names.length < 2;
    var chart = echarts.init(box, null, { renderer: "canvas" });
    var fit = function (width) {
      chart.resize({ width: width });
      chart.setOption(option(chart.getWidth() < 500), true);
    };
    function option(narrow) {
      // Where there is little room, the month alone, and its sign for the first of all and of a year.
      var short = function (label, at) {
        if (lying) { return label; }
        var month = label.replace(/^\d+年/, "");
        if (narrow) { return at === 0 || month === "1月" ? month : month.replace("月", ""); }
        return label.replace("年", "年\n");
      };
      var names_axis = {
        type: "category", data: rows.map(function (row) { return row.label; }), inverse: lying,
        axisTick: { show: false }, axisLine: { lineStyle: { color: LINE } },
        axisLabel: { color: INK, fontSize: narrow ? 11 : 13, interval: 0, formatter: short, width: narrow ? 110 : 220, overflow: "break" }
      };
      var numbers_axis = {
        type: "value", minInterval: 1, axisLabel: { color: SOFT }, splitLine: { lineStyle: { color: "#e8edf1" } }, show: !lying
      };
      var series = names.map(function (name, i) {
        return {
          name: name, type: "bar", stack: "all", barMaxWidth: 36,
          data: rows.map(function (row) { return row.values[i].number || null; }),
          itemStyle: { color: SERIES[i], borderColor: "#fff", borderWidth: 1, decal: i === 1 ? HATCHED : null }
        };
      });
      // What each bar adds up to stands at its end, in words where there is no number.
      series.push({
        type: "bar", stack: "all", silent: true, data: rows.map(function () { return 0; }),
        label: {
          show: true, position: lying ? "right" : "top", color: INK, fontSize: narrow ? 10 : 13,
          formatter: function (at) {
            var text = said(rows[at.dataIndex]);
            return narrow && !lying ? text.replace("无", "无\n") : text;
          }
        }
      });
      return {
        animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
        grid: { left: 8, right: lying ? 64 : 8, top: lying ? 4 : 28, bottom: 4, containLabel: true },
        xAxis: lying ? numbers_axis : names_axis, yAxis: lying ? names_axis : numbers_axis, series: series
      };
    }
    fit("auto");
    chart.on("mouseover", function (at) { box.title = sentence(rows[at.dataIndex]); });
    chart.on("mouseout", function () { box.removeAttribute("title"); });
    chart.on("click", function (at) { var url = rows[at.dataIndex].url; if (url) { location.href = url; } });
    window.addEventListener("resize", function () { fit("auto"); });
    window.addEventListener("beforeprint", function () { fit(640); });
    window.addEventListener("afterprint", function () { fit("auto"); });
  }

  document.querySelectorAll("[data-chart]").forEach(draw);
})();
