// What a citizen may tell about themselves; every change is saved by itself, nothing is required.

import { make } from "./view.js";

const PLACES = { mainland: "", hk: "hk", mo: "mo", tw: "tw", other: "other" };

class Settings {
  constructor(section, opener, hooks) {
    this.section = section;
    this.opener = opener;
    this.hooks = hooks; // word(), words(), ask(method, path, body), sendLocation(location)
    this.profile = null;
    this.saving = Promise.resolve();
  }

  toggle() {
    if (this.section.hidden) this.open();
    else this.close();
  }

  async open() {
    this.section.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.draw();
    this.say(this.hooks.word("settings_loading"));
    try {
      this.profile = await this.hooks.ask("GET", "/api/profile");
      this.say("");
      this.draw();
    } catch (error) {
      this.say(this.hooks.word("settings_failed"));
    }
    const title = this.section.querySelector("h2");
    if (title && !this.section.contains(document.activeElement)) title.focus();
  }

  close() {
    this.section.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    this.opener.focus();
  }

  /** The language has changed, or the server said something new. */
  redraw() {
    if (!this.section.hidden) this.draw();
  }

  say(text) {
    this.note.textContent = text;
  }

  /** Saves one field after the other, so that the last change is the one that stays. */
  save(field, value) {
    const before = this.profile || {};
    this.profile = Object.assign({}, before, { [field]: value });
    this.say(this.hooks.word("settings_saving"));
    this.saving = this.saving.then(() =>
      this.hooks.ask("PUT", "/api/profile", { [field]: value }).then(
        () => this.say(this.hooks.word("settings_saved")),
        () => this.say(this.hooks.word("settings_failed"))
      )
    );
    if (field === "outside_mainland") this.draw();
  }

  draw() {
    const word = this.hooks.word;
    const profile = this.profile || {};
    const focused = document.activeElement && this.section.contains(document.activeElement) ? document.activeElement.id : "";
    const said = this.note ? this.note.textContent : "";
    this.section.textContent = "";
    const head = make("div", { class: "settings-head" });
    head.appendChild(make("h2", { id: "settings-title", tabindex: "-1" }, word("settings_title")));
    const away = make("button", { type: "button", "data-testid": "close-settings" }, word("settings_close"));
    away.addEventListener("click", () => this.close());
    head.appendChild(away);
    this.note = make("p", { class: "note", role: "status", "data-testid": "settings-status" }, said);
    head.insertBefore(this.note, away);
    this.section.appendChild(head);
    this.section.appendChild(make("p", { class: "hint" }, word("settings_hint")));

    this.consent(profile);
    this.select("outside_mainland", word("place_title"), word("place_note"), this.places(), profile);
    if (!profile.outside_mainland) this.select("region", word("region_title"), "", this.regions(), profile);
    this.select("age_group", word("age_title"), "", this.ages(), profile);
    this.contact(profile);
    this.location();
    const again = focused && document.getElementById(focused);
    if (again) again.focus();
  }

  places() {
    const word = this.hooks.word;
    const names = {
      mainland: word("place_mainland"), hk: word("place_hk"), mo: word("place_mo"), tw: word("place_tw"),
      other: word("place_other"),
    };
    return Object.keys(PLACES).map((key) => [PLACES[key], names[key]]);
  }

  ages() {
    const word = this.hooks.word;
    return [
      ["", word("age_none")], ["under14", word("age_under14")], ["14to17", word("age_14to17")],
      ["18to59", word("age_18to59")], ["60plus", word("age_60plus")],
    ];
  }

  regions() {
    const words = this.hooks.words();
    const codes = Object.keys(words).filter((key) => /^region_\d{6}$/.test(key));
    return [["", this.hooks.word("region_none")]].concat(codes.map((key) => [key.slice(7), words[key]]));
  }

  consent(profile) {
    const word = this.hooks.word;
    const group = make("fieldset", {});
    group.appendChild(make("legend", {}, word("consent_title")));
    [[true, "consent-yes", word("consent_yes")], [false, "consent-no", word("consent_no")]].forEach((one) => {
      const row = make("label", { class: "row", for: "set-" + one[1] });
      const dot = make("input", { type: "radio", name: "consent", id: "set-" + one[1], "data-testid": one[1] });
      dot.checked = profile.consent === one[0];
      dot.addEventListener("change", () => this.save("consent", one[0]));
      row.appendChild(dot);
      row.appendChild(make("span", {}, one[2]));
      group.appendChild(row);
    });
    group.appendChild(make("p", { class: "hint" }, word("consent_note")));
    this.section.appendChild(group);
  }

  field(id, title, hint, control) {
    const row = make("div", { class: "field" });
    row.appendChild(make("label", { for: id }, title));
    row.appendChild(control);
    if (hint) {
      control.setAttribute("aria-describedby", id + "-hint");
      row.appendChild(make("p", { class: "hint", id: id + "-hint" }, hint));
    }
    this.section.appendChild(row);
  }

  select(field, title, hint, options, profile) {
    const list = make("select", { id: "set-" + field, "data-testid": "set-" + field, autocomplete: "off" });
    options.forEach((option) => list.appendChild(make("option", { value: option[0] }, option[1])));
    list.value = profile[field] || "";
    list.addEventListener("change", () => this.save(field, list.value));
    this.field("set-" + field, title, hint, list);
  }

  contact(profile) {
    const word = this.hooks.word;
    const line = make("input", {
      id: "set-contact", "data-testid": "set-emergency_contact", type: "text", autocomplete: "off",
      placeholder: word("contact_hint"),
    });
    line.value = profile.emergency_contact || "";
    line.addEventListener("change", () => this.save("emergency_contact", line.value.trim()));
    this.field("set-contact", word("contact_title"), word("contact_note"), line);
  }

  location() {
    if (!navigator.geolocation) return;
    const word = this.hooks.word;
    const button = make("button", { id: "set-location", type: "button", "data-testid": "send-location" }, word("location_send"));
    button.addEventListener("click", () => {
      this.say(this.hooks.word("location_asking"));
      navigator.geolocation.getCurrentPosition(
        (place) => {
          this.hooks.sendLocation({ latitude: place.coords.latitude, longitude: place.coords.longitude });
          this.say(this.hooks.word("location_done"));
        },
        () => this.say(this.hooks.word("location_denied")),
        { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 }
      );
    });
    this.field("set-location", word("location_title"), word("location_note"), button);
  }
}

document.dispatchEvent(new CustomEvent("xq:settings", { detail: Settings }));
