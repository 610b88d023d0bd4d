// Photos from the clipboard go the way of chosen ones.
if (!window.tyreloopPastes) {
  window.tyreloopPastes = true;
  document.addEventListener("paste", (event) => {
    const photos = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    const chooser = document.querySelector("[data-testid=stFileUploader] input[type=file]");
    if (!photos.length || !chooser) return;
    event.preventDefault();
    const chosen = new DataTransfer();
    for (const photo of photos) chosen.items.add(photo);
    chooser.files = chosen.files;
    chooser.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
