// A photo is made smaller, upright and free of camera data before it travels, and its faults are named at once.
// What the browser cannot open goes as it is: the service says what it thinks of it.
if (!window.tyreloopPhotos) {
  window.tyreloopPhotos = true;
  const LONG_SIDE = 1600;
  const MOST_BYTES = 240e3;
  const QUALITIES = [0.85, 0.75, 0.65, 0.55, 0.45];
  const MEASURED_SIDE = 256;
  const CHOOSER = "[data-testid=stFileUploader] input[type=file]";
  const ours = new WeakSet(); // events that we sent ourselves

  const canvasOf = (picture, longSide) => {
    const scale = Math.min(longSide / Math.max(picture.width, picture.height), 1);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width, picture.height].map((side) => Math.max(Math.round(side * scale), 1));
    const page = canvas.getContext("2d", { willReadFrequently: longSide === MEASURED_SIDE });
    page.imageSmoothingQuality = "high";
    page.fillStyle = "#fff"; // behind what is transparent
    page.fillRect(0, 0, canvas.width, canvas.height);
    page.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas;
  };

  // As the service measures it: the mean of the greens, and how much neighbours differ.
  const faultOf = (picture) => {
    if (Math.min(picture.width, picture.height) < ADVICE.small) return "small";
    const { width, height } = canvasOf(picture, MEASURED_SIDE);
    const { data } = canvasOf(picture, MEASURED_SIDE).getContext("2d").getImageData(0, 0, width, height);
    const green = (x, y) => data[4 * (y * width + x) + 1];
    let [sum, edges, squares, count] = [0, 0, 0, 0];
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
      sum += green(x, y);
      if (!x || !y || x === width - 1 || y === height - 1) continue;
      const edge = green(x - 1, y) + green(x + 1, y) + green(x, y - 1) + green(x, y + 1) - 4 * green(x, y);
      edges += edge;
      squares += edge * edge;
      count += 1;
    }
    if (sum / (width * height) < ADVICE.dark) return "dark";
    if (count && Math.sqrt(squares / count - (edges / count) ** 2) < ADVICE.blurred) return "blurred";
    return "";
  };

  const isPrivate = async (file) => {
    const bytes = new Uint8Array(await file.slice(0, 65536).arrayBuffer());
    return /Exif|eXIf|EXIF|xmpmeta/.test(String.fromCharCode(...bytes.subarray(0, 4096)));
  };

  const smaller = async (file, picture) => {
    const fits = Math.max(picture.width, picture.height) <= LONG_SIDE && file.size <= MOST_BYTES;
    if (fits && !(await isPrivate(file))) return file;
    const canvas = canvasOf(picture, LONG_SIDE);
    let made = null;
    for (const quality of QUALITIES) {
      made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (!made || made.size <= MOST_BYTES) break;
    }
    return made && (made.size < file.size || fits) ? new File([made], file.name, { type: "image/jpeg" }) : file;
  };

  const prepared = async (file) => {
    let picture = null;
    try {
      picture = await createImageBitmap(file); // upright, as the camera was held
      return [await smaller(file, picture), faultOf(picture)];
    } catch {
      return [file, ""];
    } finally {
      picture?.close();
    }
  };

  const advise = (key, values = {}) => {
    window.tyreloopAdvice = { key, values };
    window.tyreloopRename();
  };

  const take = async (chooser, files) => {
    const chosen = new DataTransfer();
    const faults = [];
    for (const [number, file] of files.entries()) {
      if (files.length > 1) advise("preparing", { done: number + 1, total: files.length });
      const [photo, fault] = await prepared(file);
      if (photo.size > ADVICE.megabytes * 1e6 && !file.name.toLowerCase().endsWith(".zip")) faults.push("too_large");
      else {
        chosen.items.add(photo);
        faults.push(fault);
      }
    }
    advise(faults.find(Boolean) && files.length === 1 ? faults[0] : faults.includes("too_large") ? "too_large" : "");
    if (!chosen.files.length) return;
    const now = chooser.isConnected ? chooser : document.querySelector(CHOOSER); // the page may be drawn anew meanwhile
    if (!now) return;
    now.files = chosen.files;
    const event = new Event("change", { bubbles: true });
    ours.add(event);
    now.dispatchEvent(event);
  };

  const isOurs = (chooser) => chooser && !chooser.closest(`.st-key-${ZIP_CHOOSER}`);

  document.addEventListener("change", (event) => {
    const chooser = event.target.closest?.(CHOOSER);
    if (!isOurs(chooser) || ours.has(event) || !chooser.files.length) return;
    event.stopImmediatePropagation();
    take(chooser, [...chooser.files]);
  }, true);

  document.addEventListener("drop", (event) => {
    const place = event.target.closest?.("[data-testid=stFileUploader]");
    const chooser = place?.querySelector("input[type=file]");
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!isOurs(chooser) || !files.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    event.target.dispatchEvent(new DragEvent("dragleave", { bubbles: true }));
    take(chooser, files);
  }, true);

  document.addEventListener("paste", (event) => {
    const photos = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    const chooser = document.querySelector(CHOOSER);
    if (!photos.length || !chooser) return;
    event.preventDefault();
    take(chooser, photos);
  });

  // Called whenever the page changes: the advice stays with the photo it is about, and phones offer their camera.
  window.tyreloopAdvise = () => {
    for (const chooser of document.querySelectorAll(CHOOSER)) {
      if (isOurs(chooser) && chooser.accept !== ACCEPT) chooser.accept = ACCEPT;
    }
    const { key, values } = window.tyreloopAdvice ?? { key: "", values: {} };
    let sentence = key ? window.tyreloopSentences[key] : "";
    for (const [name, value] of Object.entries(values)) sentence = sentence.replace(`{${name}}`, value);
    for (const place of document.querySelectorAll(".photo-advice")) {
      if (place.textContent !== sentence) place.textContent = sentence;
      place.classList.toggle("refuses", key === "too_large");
    }
  };
}
window.tyreloopSentences = SENTENCES;
