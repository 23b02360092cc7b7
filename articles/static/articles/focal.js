// A click on a picture sets the point that must stay in view.
for (const picture of document.querySelectorAll("[data-focal-picture]")) {
  picture.addEventListener("click", (event) => {
    const { left, top, width, height } = picture.getBoundingClientRect()
    const part = (at, start, size) => Math.round((100 * (at - start)) / size)
    const [x, y] = ["x", "y"].map((axis) => document.querySelector(`[name=focal_${axis}]`))
    if (!x || !y) return
    x.value = part(event.clientX, left, width)
    y.value = part(event.clientY, top, height)
  })
}
