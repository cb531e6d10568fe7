// The map as a picture: what is seen, drawn twice as fine, with title, legend, scale and notes.
(function () {
  "use strict";

  const GRAIN = 2;
  const NOTE = 14; // height of a line of notes

  function wrapped(ink, text, width) {
    const lines = [];
    let line = "";
    // Words of Latin script stay whole; Chinese may break anywhere.
    for (const piece of text.match(/[\x21-\u2fff]+\s*|\s+|./gu) || []) {
      if (line && ink.measureText(line + piece).width > width) {
        lines.push(line);
        line = piece.trimStart();
      } else {
        line += piece;
      }
    }
    return line ? [...lines, line] : lines;
  }

  // Redraws every canvas of the map twice as fine while `use` copies them.
  function finer(map, use) {
    const kept = L.Browser.retina;
    const renderers = Object.values(map._layers).filter((one) => one instanceof L.Canvas);
    const redraw = () => renderers.forEach((one) => one._update());
    try {
      L.Browser.retina = true;
      redraw();
      use();
    } finally {
      L.Browser.retina = kept;
      redraw();
    }
  }

  function copyLayers(map, ink, size) {
    const box = map.getContainer();
    const frame = box.getBoundingClientRect();
    // Tiles of a base map are left out: they belong to their provider.
    const layers = [...box.querySelectorAll(".leaflet-map-pane canvas")];
    const level = (one) => Number(getComputedStyle(one.parentElement).zIndex) || 0;
    layers.sort((one, other) => level(one) - level(other));
    ink.save();
    ink.beginPath();
    ink.rect(0, 0, size.x, size.y);
    ink.clip();
    for (const layer of layers) {
      const at = layer.getBoundingClientRect();
      ink.drawImage(layer, at.left - frame.left, at.top - frame.top, at.width, at.height);
    }
    ink.restore();
  }

  function plate(ink, x, y, width, height) {
    ink.fillStyle = "rgba(255, 255, 255, 0.94)";
    ink.fillRect(x, y, width, height);
    ink.fillStyle = "#1f2d33";
  }

  function labels(map, ink, font) {
    const frame = map.getContainer().getBoundingClientRect();
    ink.font = "bold " + font;
    for (const one of map.getContainer().querySelectorAll(".yike-label span")) {
      const at = one.getBoundingClientRect();
      const left = at.left - frame.left;
      plate(ink, left, at.top - frame.top, at.width, at.height);
      ink.fillText(one.textContent, left + 7, at.top - frame.top + at.height - 6);
    }
  }

  function legend(ink, words, fills, size, font) {
    ink.font = "bold " + font;
    const title = wrapped(ink, words.title, 240);
    const rows = words.legend;
    // Measured in bold, so that every line fits.
    const widths = [...title, ...rows.map(([, text]) => text + "MM")];
    const width = Math.max(...widths.map((one) => ink.measureText(one).width)) + 22;
    const height = (title.length + rows.length) * 18 + 14;
    const top = size.y - height - 10;
    plate(ink, 10, top, width, height);
    ink.font = "bold " + font;
    title.forEach((line, k) => ink.fillText(line, 20, top + 20 + k * 18));
    ink.font = font;
    rows.forEach(([mark, text], k) => {
      const y = top + 20 + (title.length + k) * 18;
      window.yikeLayers.symbol(ink, mark, 20, y - 9, fills);
      ink.fillStyle = "#1f2d33";
      ink.fillText(text, 42, y);
    });
  }

  function corner(map, ink, size, font) {
    const bar = map.getContainer().querySelector(".leaflet-control-scale-line");
    ink.font = font;
    plate(ink, size.x - 44, 8, 36, 20);
    ink.fillText("N ↑", size.x - 38, 22);
    if (!bar) return;
    const width = bar.getBoundingClientRect().width;
    plate(ink, size.x - width - 14, 34, width + 6, 22);
    ink.fillText(bar.textContent, size.x - width - 8, 48);
    ink.strokeStyle = "#1f2d33";
    ink.lineWidth = 1.5;
    ink.beginPath();
    ink.moveTo(size.x - width - 11, 46);
    ink.lineTo(size.x - width - 11, 53);
    ink.lineTo(size.x - 11, 53);
    ink.lineTo(size.x - 11, 46);
    ink.stroke();
  }

  // Returns a canvas of the map as it stands; `words` and `fills` as the map has them.
  function picture(map, words, fills) {
    const size = map.getSize();
    const family = getComputedStyle(map.getContainer()).fontFamily;
    const font = "12px " + family;
    const sheet = document.createElement("canvas");
    const ink = sheet.getContext("2d");
    ink.font = "11px " + family;
    const said = [words.heading, words.question, ...words.notes].filter(Boolean);
    const notes = said.flatMap((text) => wrapped(ink, text, size.x - 20));
    const height = size.y + notes.length * NOTE + 12;
    sheet.width = size.x * GRAIN;
    sheet.height = height * GRAIN;
    ink.scale(GRAIN, GRAIN);
    ink.fillStyle = "#ffffff";
    ink.fillRect(0, 0, size.x, height);
    ink.fillStyle = "#eef1f2";
    ink.fillRect(0, 0, size.x, size.y);
    finer(map, () => copyLayers(map, ink, size));
    labels(map, ink, font);
    corner(map, ink, size, font);
    legend(ink, words, fills, size, font);
    ink.font = "11px " + family;
    ink.fillStyle = "#1f2d33";
    notes.forEach((line, k) => ink.fillText(line, 10, size.y + 16 + k * NOTE));
    return sheet;
  }

  window.yikePicture = picture;
})();
