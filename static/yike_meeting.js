// What the map does at a meeting beyond its usual painting: it looks where the story looks,
// numbers the proposed sites, and hands the keys that turn pages to the page around it.
(function () {
  "use strict";

  const plain = window.yike.open;
  let map = null;
  let meeting = null;
  let viewed = "";
  let moved = false;
  let sites = null;

  window.yike.open = function (target, coded) {
    map = target;
    plain(target, coded);
    for (const touch of ["mousedown", "wheel", "touchstart"]) {
      map.getContainer().addEventListener(touch, () => (moved = true), { passive: true });
    }
    // The map fits the whole place into a frame that grows, and the legend fills late; the
    // story has the last word.
    const again = () => requestAnimationFrame(() => !moved && look(false));
    map.on("resize", again);
    new ResizeObserver(again).observe(map.getContainer().querySelector(".yike-panel"));
    follow();
  };

  function hear(coded) {
    meeting = window.yike.decode(coded).meeting || null;
    follow();
  }

  function follow() {
    if (!map) return;
    map.getContainer().classList.toggle("yike-meeting", meeting !== null);
    number(meeting ? meeting.sites : [], meeting && meeting.here);
    const wanted = meeting ? JSON.stringify(meeting.view) : "";
    if (!meeting || wanted === viewed) return;
    const first = viewed === "";
    viewed = wanted;
    moved = false;
    look(!first);
  }

  function look(animated) {
    if (!meeting) return;
    // What is looked at must not lie under the legend.
    const panel = map.getContainer().querySelector(".yike-panel");
    const beside = panel && panel.offsetWidth * 2 < map.getSize().x ? panel.offsetWidth + 20 : 12;
    map.fitBounds(meeting.view, {
      animate: animated,
      paddingTopLeft: [beside, 12],
      paddingBottomRight: [12, 30],
      maxZoom: 16,
    });
  }

  function number(places, here) {
    if (sites) sites.remove();
    const marks = places.map((at, k) => mark(at, "yike-site", String(k + 1)));
    if (here) marks.push(mark(here, "yike-here", ""));
    sites = L.layerGroup(marks).addTo(map);
  }

  function mark(at, name, text) {
    const label = document.createElement("div");
    label.className = name;
    label.textContent = text;
    const icon = L.divIcon({ html: label, className: "", iconSize: [34, 34] });
    return L.marker(at, { icon: icon, interactive: false, keyboard: false });
  }

  // Once somebody has clicked on the map, keys arrive here and no longer outside.
  function hand(event) {
    if (!meeting || !meeting.keys.includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const around = window.parent;
    for (const kind of ["keydown", "keyup"]) {
      around.document.body.dispatchEvent(
        new around.KeyboardEvent(kind, { key: event.key, code: event.code, bubbles: true })
      );
    }
  }

  window.addEventListener("keydown", hand, true);
  if (window.Streamlit) {
    window.Streamlit.events.addEventListener(window.Streamlit.RENDER_EVENT, (event) => {
      const given = /yike\.show\("([A-Za-z0-9+/=]+)"\)/.exec(event.detail.args.feature_group);
      if (given) hear(given[1]);
    });
  }
})();
