const byId = (id) => document.getElementById(id);
byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("said").textContent = "…";
  byId("heat").hidden = true;
  try {
    const response = await fetch("v1/predictions?explain=true", { method: "POST", body: new FormData(event.target) });
    const body = await response.json();
    const share = (name) => Math.round(100 * body.probabilities[name]) + " %";
    byId("said").textContent = response.ok
      ? `${body.answer}${body.reason ? ` (${body.reason})` : ""}: good ${share("good")}, defective ${share("defective")}`
      : body.detail;
    if (body.heatmap) {
      byId("heat").src = "data:image/png;base64," + body.heatmap.overlay_png;
      byId("heat").hidden = false;
      body.heatmap.overlay_png = "…";
    }
    byId("answer").textContent = JSON.stringify(body, null, 2);
  } catch (error) {
    byId("said").textContent = "The service does not answer.";
  }
});
