"""`tyreloop synth`: a folder of drawn tyres."""

from pathlib import Path

import click


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--count", default=1000, show_default=True, type=click.IntRange(1), help="Photos of all kinds together."
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    help="The same seed draws the same photos.",
)
@click.option("--size", default=640, show_default=True, type=click.IntRange(96, 2048), help="Side in pixels.")
@click.option(
    "--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="Cores to draw on."
)
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Also a page to look at.")
def synth(*, out: Path, count: int, seed: int, size: int, processes: int, sheet: Path | None) -> None:
    """Draw tyres, non-tyres and spoiled photos into OUT, with masks and a manifest.

    They are drawings: good for demos, tests and measuring, never a proof about real tyres.
    """
    # OpenCV is slow to import.
    from tyreloop.learning.drawing.contact_sheet import contact_sheet  # noqa: PLC0415
    from tyreloop.learning.drawing.folder import write_folder  # noqa: PLC0415

    with click.progressbar(length=count, label=f"Drawing {count} photos") as bar:
        rows = write_folder(out, count=count, seed=seed, size=size, processes=processes, tell=bar.update)
    if sheet is not None:
        contact_sheet(out, rows).save(sheet, quality=85)
    counts = {
        kind: sum(row["kind"] == kind for row in rows) for kind in sorted({row["kind"] for row in rows})
    }
    click.echo(f"{out}: " + ", ".join(f"{number} {kind}" for kind, number in counts.items()))
