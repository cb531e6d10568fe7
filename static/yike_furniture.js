// What stands around the map: legend, notes, buttons, the hint, the cross for the keyboard.
// Words are set with textContent only.
(function () {
  "use strict";

  function element(tag, name, text) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function button(name, act) {
    const made = element("button", "yike-button " + name);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  // `base` is what the map was opened with; `act.save` and `act.closer` are the buttons' doings.
  function furnish(map, base, act) {
    const box = map.getContainer();
    const panel = element("div", "yike-panel");
    const notes = element("div", "yike-notes");
    const tip = element("div", "yike-tip");
    const save = button("yike-save", act.save);
    const closer = button("yike-closer", act.closer);
    closer.hidden = true;
    const buttons = element("div", "yike-buttons");
    buttons.append(save, closer);
    const north = element("div", "yike-north", "N ↑");
    const aim = element("div", "yike-aim", "+");
    box.append(panel, buttons, north, notes, aim, tip);
    for (const one of [panel, buttons]) L.DomEvent.disableClickPropagation(one);
    let said = "";

    function row([mark, text]) {
      const swatch = element("canvas", "yike-swatch");
      swatch.width = 28;
      swatch.height = 22;
      const ink = swatch.getContext("2d");
      ink.scale(2, 2);
      window.yikeLayers.symbol(ink, mark, 0, 0, base.fills);
      const made = element("div", "yike-row");
      made.append(swatch, element("span", "", text));
      return made;
    }

    // Returns whether these are the first words of all.
    function say(words) {
      const now = JSON.stringify(words);
      if (now === said) return false;
      const first = !said;
      said = now;
      panel.replaceChildren(
        element("div", "yike-title", words.title),
        ...words.legend.map(row)
      );
      const lines = base.tiles ? [...words.notes, base.tiles.said] : words.notes;
      notes.replaceChildren(...lines.map((text) => element("div", "", text)));
      panel.style.bottom = notes.offsetHeight + 8 + "px";
      save.textContent = words.picture;
      closer.textContent = words.closer;
      box.setAttribute("role", "application");
      box.setAttribute("aria-label", words.title + ". " + words.keys);
      return first;
    }

    function hint(lines) {
      tip.replaceChildren(...(lines || []).map((line) => element("div", "", line)));
      tip.style.display = lines ? "block" : "none";
    }

    function follow(at) {
      const size = map.getSize();
      tip.style.left = Math.min(at.x + 14, size.x - tip.offsetWidth - 4) + "px";
      tip.style.top = Math.min(at.y + 14, size.y - tip.offsetHeight - 4) + "px";
    }

    map.on("mousemove", (event) => follow(event.containerPoint));
    return {
      say: say,
      hint: hint,
      offerCloser: (offered) => (closer.hidden = !offered),
      // What the legend and the notes take from the map, in pixels.
      left: () => panel.offsetLeft + panel.offsetWidth,
      below: () => notes.offsetHeight,
    };
  }

  window.yikeFurniture = furnish;
})();
