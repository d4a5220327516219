// The handles of the threshold studio: what is dragged stands in the number beside it, and the rest is drawn again.
const form = document.getElementById("studio");
const slides = { floor: document.getElementById("slide-floor"), auto: document.getElementById("slide-auto") };
const NEVER = 101;

const field = (slide) => document.getElementById(slide.dataset.for);
const shown = (at) => (at >= NEVER ? "" : (at / 100).toFixed(2));
const moved = () => form.dispatchEvent(new CustomEvent("moved", { bubbles: true }));

// The lines follow at once; the figures come with the answer.
const draw = (name) => {
  const slide = slides[name];
  const line = document.getElementById(`line-${name}`);
  const across = `${Math.max(0, ((slide.value - slide.min) / (NEVER - slide.min)) * 100)}%`;
  line?.setAttribute("x1", across);
  line?.setAttribute("x2", across);
  slide.setAttribute("aria-valuetext", shown(Number(slide.value)) || "never");
};

const slid = (name) => {
  if (name === "floor") slides.floor.value = Math.min(NEVER - 1, slides.floor.value);
  // The floor never passes the other handle: it stops there.
  if (Number(slides.floor.value) > Number(slides.auto.value)) {
    slides[name].value = slides[name === "floor" ? "auto" : "floor"].value;
  }
  field(slides[name]).value = shown(Number(slides[name].value));
  draw(name);
  moved();
};

const typed = (name) => {
  const said = field(slides[name]).value;
  slides[name].value = said === "" && name === "auto" ? NEVER : Math.round(Number(said) * 100);
  draw(name);
};

if (form && slides.floor && slides.auto) {
  for (const name of Object.keys(slides)) {
    slides[name].addEventListener("input", () => slid(name));
    field(slides[name]).addEventListener("input", () => typed(name));
  }
  form.addEventListener("input", (event) => event.target.matches("input[type=number]") && moved());
}
// Another slice has another scale: it is a page of its own.
form?.addEventListener("change", (event) => event.target.matches("select") && form.requestSubmit());
