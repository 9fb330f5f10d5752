"""Write docs/methods/classes.png: a room of each set of `classes/rooms` with its boxes, and the table of classes.

python benchmarks/class_figure.py
"""

import cv2
import numpy as np
from built import build
from result import ROOT

HEIGHT = 300


def main():
    from xdomain_keras.experiments.class_names import by_task
    from xdomain_keras.reporting.class_matrix import draw_class_matrix
    from xdomain_keras.reporting.tables import class_tables

    experiment = build(ROOT / "configs" / "classes" / "rooms.yaml")
    task, panels = experiment.model.tasks["detection"], []
    for domain in experiment.config.domains:
        sample = next(experiment.data.samples(domain, "train", [3]))
        sample = experiment.model.tasks_on(experiment.data, domain, "train")["detection"].read(sample)
        size = (HEIGHT * sample["image"].shape[1] // sample["image"].shape[0], HEIGHT)
        scale = np.tile(np.float32(size) / sample["image"].shape[1::-1], 2)
        image = cv2.resize(sample["image"], size, interpolation=cv2.INTER_CUBIC)
        panels.append(task.draw(image, {**sample, "boxes_xyxy": sample["boxes_xyxy"] * scale}))
        panels.append(np.full((HEIGHT, 12, 3), 255, np.uint8))
    table = class_tables(by_task(experiment.facts.classes))["detection"]
    drawn = cv2.imdecode(np.frombuffer(draw_class_matrix(*table), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    width = drawn.shape[1] * HEIGHT // drawn.shape[0]
    panels.append(cv2.resize(drawn, (width, HEIGHT), interpolation=cv2.INTER_AREA))
    path = ROOT / "docs" / "methods" / "classes.png"
    cv2.imwrite(str(path), np.concatenate(panels, axis=1)[..., ::-1])
    print(path)


if __name__ == "__main__":
    main()
