// Two exercises that a message may carry: slow breathing, and looking around with five senses.

const GROUNDING = ["grounding_see", "grounding_touch", "grounding_hear", "grounding_smell", "grounding_taste"];

function piece(tag, name, text) {
  const element = document.createElement(tag);
  element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

function button(text, action) {
  const element = piece("button", "choice quiet", text);
  element.type = "button";
  element.addEventListener("click", action);
  return element;
}

/** Puts an exercise into its box; an unknown kind leaves it empty. */
function exercise(box, data, word) {
  if (data.kind === "breathing") breathing(box, data, word);
  else if (data.kind === "grounding_54321") grounding(box, word);
}

/** Seconds are counted in words beside the circle, so that without motion nothing is missing. */
function breathing(box, data, word) {
  const rounds = data.rounds || 6;
  const phases = [
    { words: word("breathing_in"), seconds: data.inhale_s || 4, size: "1" },
    { words: word("breathing_hold"), seconds: data.hold_s || 0, size: "1" },
    { words: word("breathing_out"), seconds: data.exhale_s || 6, size: "0.45" },
  ].filter((phase) => phase.seconds > 0);
  const round = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  const minutes = Math.max(1, Math.round((round * rounds) / 60));
  let timer = 0;

  function rest(note) {
    clearTimeout(timer);
    box.textContent = "";
    if (note) box.appendChild(piece("p", "phase", note));
    box.appendChild(button(word("breathing_start", { minutes }), begin));
  }

  function begin() {
    box.textContent = "";
    const circle = piece("div", "circle");
    circle.setAttribute("aria-hidden", "true");
    const phase = piece("p", "phase");
    phase.setAttribute("aria-live", "polite");
    const count = piece("p", "count");
    count.setAttribute("aria-hidden", "true");
    const beside = piece("div", "beside");
    [phase, count, button(word("breathing_stop"), () => rest(""))].forEach((part) => beside.appendChild(part));
    const row = piece("div", "pacer");
    row.appendChild(circle);
    row.appendChild(beside);
    box.appendChild(row);
    box.scrollIntoView({ block: "nearest" });

    const step = (index, left) => {
      if (!box.isConnected) return; // the message has gone from the screen
      if (index >= phases.length * rounds) {
        rest(word("breathing_done"));
        return;
      }
      const now = phases[index % phases.length];
      if (left === now.seconds) {
        phase.textContent = now.words;
        circle.style.transitionDuration = now.seconds + "s";
        circle.style.transform = "scale(" + now.size + ")";
      }
      const nth = Math.floor(index / phases.length) + 1;
      count.textContent = left + " · " + word("breathing_round", { round: nth, rounds });
      timer = setTimeout(() => (left > 1 ? step(index, left - 1) : step(index + 1, phases[(index + 1) % phases.length].seconds)), 1000);
    };
    timer = setTimeout(() => step(0, phases[0].seconds), 600);
  }

  rest("");
}

/** One sense at a time, at the citizen's own pace. */
function grounding(box, word) {
  const words = {
    grounding_see: word("grounding_see"),
    grounding_touch: word("grounding_touch"),
    grounding_hear: word("grounding_hear"),
    grounding_smell: word("grounding_smell"),
    grounding_taste: word("grounding_taste"),
  };
  const line = piece("p", "phase");
  line.setAttribute("aria-live", "polite");
  let at = -1;
  const next = button(word("grounding_start"), () => {
    at += 1;
    if (at >= GROUNDING.length) {
      at = -1;
      line.textContent = word("grounding_done");
      next.textContent = word("grounding_start");
      return;
    }
    line.textContent = words[GROUNDING[at]];
    next.textContent = word("grounding_next");
  });
  box.appendChild(line);
  box.appendChild(next);
}

document.dispatchEvent(new CustomEvent("xq:exercise", { detail: exercise }));
