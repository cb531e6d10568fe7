// What the map draws on its one canvas: symbols, layers of many dots, walking areas, a walk.
// The same symbols serve the map, its legend and its picture.
(function () {
  "use strict";

  const SCALE = 1e5; // whole numbers on the wire are degrees times this
  const INK = "#16242b";
  const RED = "#b5422c";

  // A dot of every kind: fill, edge, its size beside an ordinary one, and its shape.
  const LOOKS = {
    x: { fill: "#ffffff", edge: "#5f7178", size: 1 },
    m: { fill: "#6d7f86", edge: "#ffffff", size: 1 },
    c: { fill: INK, edge: "#ffffff", size: 1 },
    k: { fill: "#ffffff", edge: RED, size: 1.6, shape: "cross" },
    n: { fill: INK, edge: "#ffffff", size: 1.9, shape: "diamond" },
    r: { fill: "#ffffff", edge: "#1d5b61", size: 1 },
    q: { fill: "#f3d3cb", edge: RED, size: 1 },
    u: { fill: RED, edge: "#ffffff", size: 1 },
  };
  // Walking areas from the nearest to the farthest.
  const BANDS = {
    b1: { weight: 3, dash: "" },
    b2: { weight: 2, dash: "" },
    b3: { weight: 2, dash: "7 5" },
  };

  function positions(deltas) {
    const found = [];
    let x = 0;
    let y = 0;
    for (let k = 0; k < deltas.length; k += 2) {
      x += deltas[k];
      y += deltas[k + 1];
      found.push([y / SCALE, x / SCALE]);
    }
    return found;
  }

  function stripes(fill) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const ink = tile.getContext("2d");
    ink.fillStyle = fill;
    ink.fillRect(0, 0, 8, 8);
    ink.strokeStyle = "#ffffff";
    ink.lineWidth = 1.6;
    ink.beginPath();
    for (const shift of [-8, 0, 8]) {
      ink.moveTo(shift, 8);
      ink.lineTo(shift + 8, 0);
    }
    ink.stroke();
    return ink.createPattern(tile, "repeat");
  }

  // Adds one dot to the path under way.
  function outline(ink, shape, x, y, radius) {
    if (shape === "diamond") {
      ink.moveTo(x, y - radius);
      ink.lineTo(x + radius, y);
      ink.lineTo(x, y + radius);
      ink.lineTo(x - radius, y);
      ink.closePath();
      return;
    }
    ink.moveTo(x + radius, y);
    ink.arc(x, y, radius, 0, Math.PI * 2);
    if (shape !== "cross") return;
    const arm = radius * 0.6;
    ink.moveTo(x - arm, y - arm);
    ink.lineTo(x + arm, y + arm);
    ink.moveTo(x - arm, y + arm);
    ink.lineTo(x + arm, y - arm);
  }

  function dot(ink, mark, x, y, radius) {
    const look = LOOKS[mark];
    ink.fillStyle = look.fill;
    ink.strokeStyle = look.edge;
    ink.lineWidth = look.size > 1 ? 1.6 : 1;
    ink.beginPath();
    outline(ink, look.shape, x, y, radius * look.size);
    ink.fill();
    ink.stroke();
  }

  // One symbol of the legend, 14 x 11, its left upper corner at (x, y).
  function symbol(ink, mark, x, y, fills) {
    ink.setLineDash([]);
    if (fills[mark]) {
      ink.fillStyle = fills[mark];
      ink.fillRect(x, y, 14, 11);
      ink.strokeStyle = "rgba(0, 0, 0, 0.16)";
      ink.lineWidth = 1;
      ink.strokeRect(x + 0.5, y + 0.5, 13, 10);
    } else if (LOOKS[mark]) {
      dot(ink, mark, x + 7, y + 5.5, LOOKS[mark].size > 1 ? 2.8 : 4);
    } else {
      const band = BANDS[mark] || { weight: 4, dash: mark === "e" ? "2 5" : "" };
      ink.strokeStyle = INK;
      ink.lineWidth = band.weight;
      ink.setLineDash(band.dash ? [4, 3] : []);
      ink.beginPath();
      ink.moveTo(x, y + 5.5);
      ink.lineTo(x + 14, y + 5.5);
      ink.stroke();
      ink.setLineDash([]);
    }
  }

  // One layer that draws every point and knows which was hit.
  const DOTS = {
    options: { interactive: true, fill: true, weight: 1, bubblingMouseEvents: false },
    initialize: function (options) {
      L.setOptions(this, options);
      this._places = [];
      this._marks = "";
      this._sizes = null;
      this._hit = -1;
    },
    // `sizes`: shares of the largest radius, one a point; without them all are alike.
    showRows: function (places, marks, sizes) {
      this._places = places.map((one) => L.latLng(one));
      this._marks = marks;
      this._sizes = sizes || null;
      this._hit = -1;
      return this.redraw();
    },
    getBounds: function () {
      return L.latLngBounds(this._places);
    },
    radius: function (k) {
      const zoom = this._map.getZoom();
      if (this._sizes) return 2 + this._sizes[k] * (zoom < 13 ? 2 : zoom < 15 ? 4 : 7);
      return zoom < 13 ? 2.5 : zoom < 15 ? 3.5 : 5;
    },
    _reach: function () {
      return this._sizes ? 12 : 12 + this.radius(0);
    },
    _project: function () {
      this._points = this._places.map((one) => this._map.latLngToLayerPoint(one));
      const reach = this._reach();
      this._pxBounds = null;
      if (!this._points.length) return;
      const tight = L.bounds(this._points);
      this._pxBounds = L.bounds(
        tight.min.subtract([reach, reach]),
        tight.max.add([reach, reach])
      );
    },
    _reset: function () {
      this._project();
      this._update();
    },
    _update: function () {
      if (this._map) this._updatePath();
    },
    _updatePath: function () {
      const renderer = this._renderer;
      if (!renderer._drawing || !this._points.length) return;
      const ink = renderer._ctx;
      const seen = renderer._bounds;
      ink.globalAlpha = 1;
      ink.setLineDash([]);
      for (const mark of Object.keys(LOOKS)) {
        if (!this._marks.includes(mark)) continue;
        const look = LOOKS[mark];
        ink.fillStyle = look.fill;
        ink.strokeStyle = look.edge;
        ink.lineWidth = look.size > 1 ? 1.6 : 1;
        ink.beginPath();
        this._points.forEach((point, k) => {
          if (this._marks[k] !== mark || !seen.contains(point)) return;
          outline(ink, look.shape, point.x, point.y, this.radius(k) * look.size);
        });
        ink.fill();
        ink.stroke();
      }
    },
    _containsPoint: function (at) {
      let nearest = Infinity;
      this._hit = -1;
      this._points.forEach((point, k) => {
        const apart = Math.hypot(point.x - at.x, point.y - at.y);
        const size = this.radius(k) * LOOKS[this._marks[k]].size;
        if (apart <= size + 3 && apart - size < nearest) {
          nearest = apart - size;
          this._hit = k;
        }
      });
      return this._hit >= 0;
    },
    hit: function () {
      return this._hit;
    },
  };

  function dots(renderer) {
    return new (L.Path.extend(DOTS))({ renderer: renderer });
  }

  // Nested areas of what can be walked to, the farthest first.
  function bandLayers(bands, renderer) {
    return bands
      .map((one) =>
        L.polygon(
          one.rings.map((rings) => rings.map(positions)),
          {
            renderer: renderer,
            interactive: false,
            color: INK,
            weight: BANDS[one.mark].weight,
            dashArray: BANDS[one.mark].dash,
            fillColor: INK,
            fillOpacity: 0.08,
            smoothFactor: 0.6,
          }
        )
      )
      .reverse();
  }

  // A walk: a dark line on a pale one; an estimate is dashed, because nobody walks there.
  function walkLayers(walk, renderer) {
    const line = positions(walk.line);
    const plain = { renderer: renderer, interactive: false, smoothFactor: 0.5 };
    const words = document.createElement("span");
    words.textContent = walk.label;
    return [
      L.polyline(line, { ...plain, color: "#ffffff", weight: 8, opacity: 0.9 }),
      L.polyline(line, {
        ...plain,
        color: INK,
        weight: 4,
        dashArray: walk.estimated ? "2 8" : "",
      }),
      L.marker(line[Math.floor(line.length / 2)], {
        interactive: false,
        keyboard: false,
        icon: L.divIcon({ className: "yike-label", html: words, iconSize: null }),
      }),
    ];
  }

  window.yikeLayers = {
    positions: positions,
    stripes: stripes,
    symbol: symbol,
    dots: dots,
    bandLayers: bandLayers,
    walkLayers: walkLayers,
  };
})();
