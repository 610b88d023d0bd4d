// A photo with its heat and a slider for it; a tap tells where the damage really is.
const HEAT = [255, 48, 0];
const STRONGEST = 0.8;
const TALLEST = "60vh";

function drawHeat(canvas, grid) {
  const cells = document.createElement("canvas");
  cells.width = grid[0].length;
  cells.height = grid.length;
  const pixels = new ImageData(cells.width, cells.height);
  grid.flat().forEach((heat, i) => pixels.data.set([...HEAT, Math.round(heat * STRONGEST * 255)], i * 4));
  cells.getContext("2d").putImageData(pixels, 0, 0);
  canvas.width = 512;
  canvas.height = Math.round((512 * cells.height) / cells.width);
  const page = canvas.getContext("2d");
  page.imageSmoothingQuality = "high";
  page.drawImage(cells, 0, 0, canvas.width, canvas.height);
}

// The line around the damage, twice: a white one below the red one.
function drawOutline(svg, outline) {
  const lines = ["halo", "line"].flatMap((kind) => outline.map((points) => {
    const line = document.createElementNS(svg.namespaceURI, "polygon");
    line.setAttribute("class", kind);
    line.setAttribute("points", points.map((point) => point.join(",")).join(" "));
    return line;
  }));
  svg.replaceChildren(...lines);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(name);
  const [stage, picture, canvas, spot, slider] = [".stage", "img", "canvas", ".spot", "input"].map(find);
  picture.onload = () => {
    const shape = picture.naturalWidth / picture.naturalHeight;
    stage.style.width = `calc(${TALLEST} * ${shape})`; // the stage is as large as the picture: taps and heat fit
  };
  if (picture.src !== data.picture) picture.src = data.picture;
  picture.alt = data.alt;

  canvas.hidden = find("label").hidden = !data.heat;
  if (data.heat) {
    find("label span").textContent = data.heat_label;
    drawHeat(canvas, data.heat);
    if (!slider.oninput) slider.value = data.outline.length ? 25 : 70; // beside a line, a breath of colour is enough
    slider.oninput = () => { canvas.style.opacity = slider.value / 100; };
    slider.oninput();
  }

  drawOutline(find("svg"), data.outline);

  spot.hidden = !data.spot;
  if (data.spot) [spot.style.left, spot.style.top] = data.spot.map((share) => `${share * 100}%`);

  stage.classList.toggle("taps", data.taps);
  picture.onclick = !data.taps ? null : (event) => {
    const box = picture.getBoundingClientRect();
    setTriggerValue("tapped", [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
  };
}
