// The painting function of the map. Data arrives as JSON (never as code), words are set
// with textContent only. One file serves the dashboard's frame and the exported map.
(function () {
  "use strict";

  const SCALE = 1e5; // whole numbers on the wire are degrees times this
  const MAIN_FROM = 11;
  const LOCAL_FROM = 14;
  let map = null;
  let base = null;
  let communities = []; // polygons in the order of the geometry file
  let outlined = null;
  let dots = null;
  let areas = null;
  let panel = null;
  let saver = null;
  let tip = null;
  let wanted = null; // the last answer, painted as soon as the geometry is here
  let painted = "";
  let panelWords = "";
  let picked = -1;
  let touched = false;

  function decode(coded) {
    const bytes = Uint8Array.from(atob(coded), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  function element(tag, name, text) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  }

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

  // ---- colours ---------------------------------------------------------------------

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

  function styles(classes) {
    const found = {};
    for (const one of classes) {
      found[one.mark] = { fillColor: one.hatched ? stripes(one.fill) : one.fill };
    }
    return found;
  }

  // ---- organisations: one layer that draws every point and knows which was hit -------

  const DOTS = {
    options: { interactive: true, fill: true, weight: 1 },
    initialize: function (options) {
      L.setOptions(this, options);
      this._places = [];
      this._marks = "";
      this._hit = -1;
    },
    showRows: function (places, marks) {
      this._places = places.map((one) => L.latLng(one));
      this._marks = marks;
      this._hit = -1;
      return this.redraw();
    },
    getBounds: function () {
      return L.latLngBounds(this._places);
    },
    radius: function () {
      const zoom = this._map.getZoom();
      return zoom < 13 ? 2.5 : zoom < 15 ? 3.5 : 5;
    },
    _project: function () {
      this._points = this._places.map((one) => this._map.latLngToLayerPoint(one));
      const reach = this.radius() + 2;
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
      const radius = this.radius();
      ink.globalAlpha = 1;
      ink.lineWidth = 1;
      if (ink.setLineDash) ink.setLineDash([]);
      for (const mark of ["x", "m", "c"]) {
        ink.fillStyle = mark === "c" ? "#16242b" : mark === "m" ? "#6d7f86" : "#ffffff";
        ink.strokeStyle = mark === "x" ? "#6d7f86" : "#ffffff";
        ink.beginPath();
        this._points.forEach((point, k) => {
          if (this._marks[k] !== mark || !seen.contains(point)) return;
          ink.moveTo(point.x + radius, point.y);
          ink.arc(point.x, point.y, radius, 0, Math.PI * 2);
        });
        ink.fill();
        ink.stroke();
      }
    },
    _containsPoint: function (at) {
      let nearest = Math.pow(this.radius() + 3, 2);
      this._hit = -1;
      this._points.forEach((point, k) => {
        const apart = Math.pow(point.x - at.x, 2) + Math.pow(point.y - at.y, 2);
        if (apart <= nearest) {
          nearest = apart;
          this._hit = k;
        }
      });
      return this._hit >= 0;
    },
    hit: function () {
      return this._hit;
    },
  };

  // ---- the map itself --------------------------------------------------------------

  function pane(name, level) {
    const made = map.createPane(name);
    made.style.zIndex = level;
    made.style.pointerEvents = "none";
    return L.canvas({ pane: name, padding: 0.2 });
  }

  function streetLayer(lines, renderer, style) {
    return L.polyline(lines.map(positions), {
      ...style,
      renderer: renderer,
      interactive: false,
      smoothFactor: 1.5,
    });
  }

  function seenFrom(layer, zoom) {
    const follow = () => {
      if (map.getZoom() >= zoom) layer.addTo(map);
      else layer.remove();
    };
    map.on("zoomend", follow);
    follow();
  }

  function draw(geometry) {
    const under = pane("under", 380);
    const over = pane("over", 450);
    if (geometry.outline.length) {
      L.polygon(geometry.outline.map((rings) => rings.map(positions)), {
        renderer: under,
        interactive: false,
        color: "#9aa8ad",
        weight: 1,
        fillColor: "#f7f8f7",
        fillOpacity: 1,
      }).addTo(map);
    }
    const main = { color: "#5f7178", weight: 0.9, opacity: 0.65 };
    const local = { color: "#7c8d93", weight: 0.7, opacity: 0.6 };
    if (geometry.streets.local.length) {
      seenFrom(streetLayer(geometry.streets.local, over, local), LOCAL_FROM);
    }
    if (geometry.streets.main.length) {
      seenFrom(streetLayer(geometry.streets.main, over, main), MAIN_FROM);
    }
    const canvas = L.canvas({ padding: 0.2 });
    const group = L.featureGroup();
    communities = geometry.communities.map((one, k) => {
      const shape = L.polygon(one.rings.map((rings) => rings.map(positions)), {
        renderer: canvas,
        color: "#ffffff",
        weight: 1,
        fillOpacity: 0.93,
        fillColor: base.nothing,
        smoothFactor: 0.6,
      });
      shape.at = k;
      return group.addLayer(shape) && shape;
    });
    group.addTo(map);
    areas = L.polygon([], {
      renderer: canvas,
      interactive: false,
      color: "#5c1408",
      weight: 2,
      dashArray: "5 4",
      fill: false,
    }).addTo(map);
    outlined = L.polygon([], {
      renderer: canvas,
      interactive: false,
      color: "#16242b",
      weight: 3,
      fill: false,
    }).addTo(map);
    dots = new (L.Path.extend(DOTS))({ renderer: canvas }).addTo(map);
    group.on("click", (event) => send("community", event.layer.at));
    dots.on("click", () => send("organisation", dots.hit()));
    group.on("mouseover", (event) => hint(communityHint(event.layer.at)));
    dots.on("mouseover mousemove", () => hint(organisationHint(dots.hit())));
    group.on("mouseout", () => hint(null));
    dots.on("mouseout", () => hint(null));
    base.names = geometry.communities.map((one) => one.name);
    base.ready = true;
    if (wanted) paint();
  }

  function open(target, coded) {
    map = target;
    base = decode(coded);
    base.styles = styles(base.classes);
    const kept = recall();
    if (kept) map.setView(kept.centre, kept.zoom, { animate: false });
    else fit();
    map.attributionControl && map.attributionControl.remove();
    L.control.scale({ imperial: false, position: "topright" }).addTo(map);
    panel = element("div", "yike-panel");
    saver = element("button", "yike-save");
    saver.type = "button";
    saver.addEventListener("click", picture);
    L.DomEvent.disableClickPropagation(saver);
    tip = element("div", "yike-tip");
    map.getContainer().append(panel, saver, element("div", "yike-north", "N ↑"), tip);
    L.DomEvent.disableClickPropagation(panel);
    const box = map.getContainer();
    for (const touch of ["mousedown", "wheel", "keydown", "touchstart"]) {
      box.addEventListener(touch, () => (touched = true), { passive: true });
    }
    new ResizeObserver(() => {
      map.invalidateSize({ animate: false });
      // The frame grows after the map opens; until somebody moves it, it shows everything.
      if (!kept && !touched) fit();
    }).observe(box);
    map.on("moveend", remember);
    map.on("mousemove", (event) => place(event.containerPoint));
    if (base.geometry) draw(base.geometry);
    else fetch(base.url).then((answer) => answer.json()).then(draw);
  }

  function fit() {
    map.fitBounds(base.bounds, { animate: false, padding: [4, 4] });
  }

  function remember() {
    if (!touched) return;
    const centre = map.getCenter();
    try {
      sessionStorage.setItem(
        "yike-view-" + base.key,
        JSON.stringify({ centre: [centre.lat, centre.lng], zoom: map.getZoom() })
      );
    } catch (refused) {
      // A browser that keeps nothing shows the whole district again.
    }
  }

  function recall() {
    try {
      return JSON.parse(sessionStorage.getItem("yike-view-" + base.key));
    } catch (refused) {
      return null;
    }
  }

  // ---- what is pointed at ----------------------------------------------------------

  function communityHint(at) {
    const lines = [base.names[at]];
    const share = wanted.percent[at];
    if (share === null) lines.push(wanted.words.nobody);
    else lines.push(share + " % · " + wanted.words.uncovered + " " + wanted.uncovered[at]);
    return lines;
  }

  function organisationHint(row) {
    const rows = wanted.organisations;
    if (row < 0 || row >= rows.names.length) return null;
    return [rows.names[row], rows.kinds[rows.kind[row]]];
  }

  function hint(lines) {
    tip.replaceChildren(...(lines || []).map((line) => element("div", "", line)));
    tip.style.display = lines ? "block" : "none";
  }

  function place(at) {
    tip.style.left = at.x + 14 + "px";
    tip.style.top = at.y + 14 + "px";
  }

  function send(kind, row) {
    const chosen = { kind: kind, row: row, stamp: Date.now() };
    if (window.yike.onpick) window.yike.onpick(chosen);
    else if (window.Streamlit) window.Streamlit.setComponentValue(chosen);
  }

  // ---- painting one answer ---------------------------------------------------------

  function paint() {
    if (!base || !base.ready) return;
    const classes = wanted.classes;
    for (let k = 0; k < communities.length; k += 1) {
      if (classes[k] !== painted[k]) {
        communities[k].setStyle(base.styles[classes[k]]);
      }
    }
    painted = classes;
    const rows = wanted.organisations;
    dots.showRows(positions(rows.at), rows.marks);
    areas.setLatLngs(wanted.areas.map((rings) => rings.map(positions)));
    point(wanted.picked);
    legend(wanted.words);
    requestAnimationFrame(() => {
      window.yike.shown = wanted.stamp;
    });
  }

  function point(at) {
    const shape = communities[at];
    outlined.setLatLngs(shape ? shape.getLatLngs() : []);
    if (shape && at !== picked && !map.getBounds().intersects(shape.getBounds())) {
      map.panTo(shape.getBounds().getCenter());
    }
    picked = at;
  }

  // ---- the map as a picture ---------------------------------------------------------

  function picture() {
    const box = map.getContainer();
    const size = map.getSize();
    const grain = 2;
    const sheet = document.createElement("canvas");
    sheet.width = size.x * grain;
    sheet.height = (size.y + 30) * grain;
    const ink = sheet.getContext("2d");
    ink.scale(grain, grain);
    ink.fillStyle = "#eef1f2";
    ink.fillRect(0, 0, size.x, size.y + 30);
    const frame = box.getBoundingClientRect();
    const layers = [...box.querySelectorAll(".leaflet-map-pane canvas")];
    const level = (one) => Number(getComputedStyle(one.parentElement).zIndex) || 0;
    layers.sort((one, other) => level(one) - level(other));
    for (const layer of layers) {
      const at = layer.getBoundingClientRect();
      ink.drawImage(layer, at.left - frame.left, at.top - frame.top, at.width, at.height);
    }
    pictureWords(ink, size);
    const link = element("a");
    link.download = wanted.words.file + ".png";
    link.href = sheet.toDataURL("image/png");
    link.click();
  }

  function pictureWords(ink, size) {
    const font = "12px " + getComputedStyle(map.getContainer()).fontFamily;
    const rows = wanted.words.legend;
    ink.font = "bold " + font;
    const widths = rows.map(([, text]) => ink.measureText(text).width + 26);
    const width = Math.max(ink.measureText(wanted.words.title).width, ...widths) + 20;
    const height = rows.length * 18 + 34;
    const top = size.y - height - 10;
    ink.fillStyle = "rgba(255,255,255,0.94)";
    ink.fillRect(10, top, width, height);
    ink.fillStyle = "#1f2d33";
    ink.fillText(wanted.words.title, 20, top + 20);
    ink.font = font;
    rows.forEach(([mark, text], k) => {
      const y = top + 38 + k * 18;
      const known = base.classes.find((one) => one.mark === mark);
      ink.fillStyle = known ? base.styles[mark].fillColor : mark === "c" ? "#16242b" : "#8b9aa0";
      if (known) ink.fillRect(20, y - 9, 14, 11);
      else {
        ink.beginPath();
        ink.arc(27, y - 4, 4, 0, Math.PI * 2);
        ink.fill();
      }
      ink.fillStyle = "#1f2d33";
      ink.fillText(text, 42, y);
    });
    ink.font = font.replace("12px", "10px");
    ink.fillText(wanted.words.heading + " · " + wanted.words.notes.join(" · "), 10, size.y + 19);
  }

  function swatch(mark) {
    const known = base.classes.find((one) => one.mark === mark);
    const made = element("span", known ? "yike-swatch" : "yike-dot yike-dot-" + mark);
    if (known) {
      made.style.background = known.hatched
        ? `repeating-linear-gradient(135deg, ${known.fill} 0 4px, #fff 4px 5.5px)`
        : known.fill;
    }
    return made;
  }

  function legend(words) {
    const said = JSON.stringify(words);
    if (said === panelWords) return;
    panelWords = said;
    const rows = words.legend.map(([mark, text]) => {
      const row = element("div", "yike-row");
      row.append(swatch(mark), element("span", "", text));
      return row;
    });
    const notes = words.notes.map((text) => element("div", "yike-note", text));
    panel.replaceChildren(element("div", "yike-title", words.title), ...rows);
    saver.textContent = words.picture;
    let strip = map.getContainer().querySelector(".yike-notes");
    if (!strip) {
      strip = element("div", "yike-notes");
      map.getContainer().append(strip);
    }
    strip.replaceChildren(...notes);
  }

  // While the scripts are still loading the component drops answers; the last one counts.
  if (window.Streamlit) {
    window.Streamlit.events.addEventListener(window.Streamlit.RENDER_EVENT, (event) => {
      const given = /yike\.show\("([A-Za-z0-9+/=]+)"\)/.exec(event.detail.args.feature_group);
      if (given) show(given[1]);
    });
  }

  let shownCode = "";
  function show(coded) {
    if (coded === shownCode) return;
    shownCode = coded;
    wanted = typeof coded === "string" ? decode(coded) : coded;
    paint();
  }

  window.yike = {
    open: open,
    decode: decode,
    shown: null,
    onpick: null,
    show: show,
  };
})();
