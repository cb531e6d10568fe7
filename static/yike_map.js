// The painting function of the map. Data arrives as JSON (never as code), words are set
// with textContent only. One file serves the dashboard's frame and the exported map.
(function () {
  "use strict";

  const MAIN_FROM = 11;
  const LOCAL_FROM = 14;
  const FAINT = 0.45; // a picked community steps back behind its resident points
  let map = null;
  let base = null;
  let communities = []; // polygons in the order of the geometry file
  const drawn = {}; // the layers over them, by name
  let around = null; // legend, notes, buttons, hint
  let over = null; // the group of walking areas and walks
  let wanted = null; // the last answer, painted as soon as the geometry is here
  let painted = "";
  let topped = "";
  let picked = -1;
  let faint = -1;
  let kept = null;
  let touched = false; // by the reader
  let led = false; // to another view than our own first one, by whoever tells a story
  let own = false;

  function decode(coded) {
    const bytes = Uint8Array.from(atob(coded), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  const positions = (deltas) => window.yikeLayers.positions(deltas);

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

  function drawGround(geometry) {
    const under = pane("under", 380);
    const above = pane("above", 450);
    if (geometry.outline.length) {
      L.polygon(geometry.outline.map((rings) => rings.map(positions)), {
        renderer: under,
        interactive: false,
        color: "#9aa8ad",
        weight: 1,
        fillColor: "#f7f8f7",
        fillOpacity: base.tiles ? 0 : 1,
      }).addTo(map);
    }
    const main = { color: "#5f7178", weight: 0.9, opacity: 0.65 };
    const local = { color: "#7c8d93", weight: 0.7, opacity: 0.6 };
    if (geometry.streets.local.length) {
      seenFrom(streetLayer(geometry.streets.local, above, local), LOCAL_FROM);
    }
    if (geometry.streets.main.length) {
      seenFrom(streetLayer(geometry.streets.main, above, main), MAIN_FROM);
    }
  }

  function draw(geometry) {
    drawGround(geometry);
    const canvas = L.canvas({ padding: 0.2 });
    const line = { renderer: canvas, interactive: false, fill: false };
    const group = L.featureGroup();
    communities = geometry.communities.map((one, k) => {
      const shape = L.polygon(one.rings.map((rings) => rings.map(positions)), {
        renderer: canvas,
        color: "#ffffff",
        weight: 1,
        fillOpacity: solid(),
        fillColor: base.nothing,
        smoothFactor: 0.6,
        bubblingMouseEvents: false,
      });
      shape.at = k;
      return group.addLayer(shape) && shape;
    });
    group.addTo(map);
    drawn.areas = L.polygon([], { ...line, color: "#5c1408", weight: 2, dashArray: "5 4" });
    drawn.outlined = L.polygon([], { ...line, color: "#16242b", weight: 3 });
    over = L.layerGroup();
    drawn.residents = window.yikeLayers.dots(canvas);
    drawn.organisations = window.yikeLayers.dots(canvas);
    drawn.rings = L.layerGroup();
    for (const one of [drawn.areas, drawn.outlined, over, drawn.residents, drawn.organisations]) {
      one.addTo(map);
    }
    drawn.rings.addTo(map);
    over.canvas = canvas;
    listen(group);
    base.names = geometry.communities.map((one) => one.name);
    base.ready = true;
    if (wanted) paint();
  }

  function solid() {
    return base.tiles ? 0.72 : 0.93;
  }

  function listen(group) {
    const rows = { organisation: drawn.organisations, resident: drawn.residents };
    for (const [kind, layer] of Object.entries(rows)) {
      layer.on("click", (event) => send(kind, layer.hit(), event.latlng));
      layer.on("mouseover mousemove", () => around.hint(rowHint(kind, layer.hit())));
      layer.on("mouseout", () => around.hint(null));
    }
    group.on("click", (event) => send("community", event.layer.at, event.latlng));
    group.on("mouseover", (event) => around.hint(communityHint(event.layer.at)));
    group.on("mouseout", () => around.hint(null));
    map.on("click", (event) => send("spot", -1, event.latlng));
  }

  function open(target, coded) {
    map = target;
    base = decode(coded);
    giveWay();
    base.fills = {};
    for (const one of base.classes) {
      base.fills[one.mark] = one.hatched ? window.yikeLayers.stripes(one.fill) : one.fill;
    }
    kept = recall();
    if (kept) map.setView(kept.centre, kept.zoom, { animate: false });
    else fit();
    map.attributionControl && map.attributionControl.remove();
    L.control.scale({ imperial: false, position: "topright" }).addTo(map);
    if (base.tiles) L.tileLayer(base.tiles.template, { maxZoom: 18 }).addTo(map);
    around = window.yikeFurniture(map, base, { save: save, closer: closer });
    watch();
    if (base.geometry) draw(base.geometry);
    else fetch(base.url).then((answer) => answer.json()).then(draw);
  }

  function watch() {
    const box = map.getContainer();
    for (const touch of ["mousedown", "wheel", "keydown", "touchstart"]) {
      box.addEventListener(touch, () => (touched = true), { passive: true });
    }
    // Leaflet takes the focus on a press; the page around must not scroll under the pointer.
    box.focus = () => HTMLElement.prototype.focus.call(box, { preventScroll: true });
    // The frame and the cross are for those who came by the keyboard.
    box.addEventListener("keyup", () => box.classList.add("yike-keys"));
    box.addEventListener("mousedown", () => box.classList.remove("yike-keys"));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === box) clickMiddle();
    });
    new ResizeObserver(() => {
      // The frame grows after the map opens; until somebody moves it, it shows everything.
      map.invalidateSize({ animate: false });
      if (!kept && !touched && !led) fit();
    }).observe(box);
    map.on("moveend", remember);
  }

  // For those without a mouse: Enter clicks what lies under the cross in the middle.
  function clickMiddle() {
    const box = map.getContainer().getBoundingClientRect();
    const canvas = over && over.canvas._container;
    const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    if (canvas) canvas.dispatchEvent(new MouseEvent("click", { ...at, bubbles: true }));
  }

  // Whoever else fits the map, such as a story told on it, has the last word.
  function giveWay() {
    const plain = map.fitBounds;
    map.fitBounds = function (...given) {
      led = led || !own;
      return plain.apply(map, given);
    };
  }

  function fit() {
    own = true;
    fitPlace();
    own = false;
  }

  function fitPlace() {
    const below = around ? around.below() : 0;
    map.fitBounds(base.bounds, {
      animate: false,
      paddingTopLeft: [4, 4],
      paddingBottomRight: [4, below + 4],
    });
    if (!around) return;
    // Aside from the legend, as far as there is room.
    const [low, high] = base.bounds.map((one) => map.latLngToContainerPoint(one));
    const covered = around.left() + 6 - low.x;
    const free = map.getSize().x - 6 - high.x;
    map.panBy([-Math.max(0, Math.min(covered, free)), 0], { animate: false });
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
    if (wanted.uncovered[at] === null) lines.push(wanted.words.left_out);
    else if (share === null) lines.push(wanted.words.nobody);
    else lines.push(share + " % · " + wanted.words.uncovered + " " + wanted.uncovered[at]);
    return lines;
  }

  function rowHint(kind, row) {
    if (row < 0) return null;
    if (kind === "resident") return wanted.residents ? wanted.residents.hints[row] : null;
    const rows = wanted.organisations;
    return row < rows.names.length ? [rows.names[row], rows.kinds[rows.kind[row]]] : null;
  }

  function send(kind, row, at) {
    const chosen = { kind: kind, row: row, lat: at.lat, lng: at.lng, stamp: Date.now() };
    if (window.yike.onpick) window.yike.onpick(chosen);
    else if (window.Streamlit) window.Streamlit.setComponentValue(chosen);
  }

  // ---- painting one answer ---------------------------------------------------------

  function paint() {
    if (!base || !base.ready) return;
    const classes = wanted.classes;
    for (let k = 0; k < communities.length; k += 1) {
      if (classes[k] !== painted[k]) {
        communities[k].setStyle({ fillColor: base.fills[classes[k]] });
      }
    }
    painted = classes;
    const rows = wanted.organisations;
    drawn.organisations.showRows(positions(rows.at), rows.marks);
    paintOver();
    point(wanted.picked);
    if (around.say(wanted.words) && !kept && !touched && !led) fit();
    map.getContainer().classList.toggle("yike-waiting", Boolean(wanted.waiting));
    requestAnimationFrame(() => {
      window.yike.shown = wanted.stamp;
    });
  }

  // What lies over the communities changes on a click, not with a slider.
  function paintOver() {
    const { areas, bands, residents, walk, rings } = wanted;
    const now = JSON.stringify([areas, bands, residents, walk, rings]);
    if (now === topped) return;
    topped = now;
    drawn.areas.setLatLngs((areas || []).map((rings) => rings.map(positions)));
    over.clearLayers();
    const layers = window.yikeLayers.bandLayers(bands || [], over.canvas);
    if (walk) layers.push(...window.yikeLayers.walkLayers(walk, over.canvas));
    layers.forEach((one) => over.addLayer(one));
    const homes = residents || { at: [], marks: "", sizes: null };
    drawn.residents.showRows(positions(homes.at), homes.marks, homes.sizes);
    // Dots stay above what was added after them, and rings above the dots.
    drawn.residents.bringToFront();
    drawn.organisations.bringToFront();
    drawn.rings.clearLayers();
    const ring = { renderer: over.canvas, interactive: false, fill: false, color: "#16242b" };
    for (const at of positions(rings || [])) {
      drawn.rings.addLayer(L.circleMarker(at, { ...ring, weight: 3, radius: 10 }));
    }
  }

  function point(at) {
    const shape = communities[at];
    const now = shape && wanted.residents ? at : -1;
    if (faint >= 0 && faint !== now) communities[faint].setStyle({ fillOpacity: solid() });
    if (now >= 0) communities[now].setStyle({ fillOpacity: FAINT });
    faint = now;
    around.offerCloser(shape || (wanted.rings || []).length > 0);
    if (at === picked) return;
    drawn.outlined.setLatLngs(shape ? shape.getLatLngs() : []);
    if (shape && !map.getBounds().intersects(shape.getBounds())) {
      map.panTo(shape.getBounds().getCenter());
    }
    picked = at;
  }

  // Shows what is chosen as large as the map can; only on request, the view is the reader's.
  function closer() {
    const shape = communities[picked];
    let bounds = shape ? shape.getBounds() : null;
    if (wanted.walk) bounds = L.latLngBounds(positions(wanted.walk.line));
    else if ((wanted.bands || []).length) {
      const rings = wanted.bands.flatMap((one) => one.rings.flat());
      bounds = L.latLngBounds(rings.flatMap(positions));
    } else if (!bounds) bounds = L.latLngBounds(positions(wanted.rings || []));
    if (!bounds.isValid()) return;
    // What is looked at must not lie under the legend, the buttons or the notes.
    map.fitBounds(bounds, {
      paddingTopLeft: [Math.min(around.left() + 10, map.getSize().x * 0.45), 44],
      paddingBottomRight: [30, around.below() + 20],
      maxZoom: 17,
    });
  }

  function save() {
    const link = document.createElement("a");
    link.download = wanted.words.file + ".png";
    link.href = fitToLeave((words) => window.yikePicture(map, words, base.fills)).toDataURL("image/png");
    link.click();
  }

  // A picture leaves the house: classes of very few people and homes of counted ones do not.
  function fitToLeave(draw) {
    const words = wanted.words;
    const mark = words.few[0];
    const few = (wanted.few || []).filter((at) => painted[at] !== mark);
    const homes = wanted.residents && wanted.residents.measured ? wanted.residents : null;
    const dots = homes ? new Set(homes.marks) : new Set();
    const legend = words.legend.filter((one) => !dots.has(one[0]));
    try {
      few.forEach((at) => communities[at].setStyle({ fillColor: base.fills[mark] }));
      if (homes) drawn.residents.showRows([], "", null);
      return draw({ ...words, legend: few.length ? [...legend, words.few] : legend });
    } finally {
      few.forEach((at) => communities[at].setStyle({ fillColor: base.fills[painted[at]] }));
      if (homes) drawn.residents.showRows(positions(homes.at), homes.marks, homes.sizes);
    }
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
