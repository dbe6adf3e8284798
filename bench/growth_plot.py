"""Draws docs/growth.svg from the rows of `bench.growth`, the same bytes for the same rows."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import noto_cjk_sans_otc

GOAL = "#b03a2e"
PANELS: tuple[tuple[str, str, str, float | None, tuple[tuple[str, str, float], ...]], ...] = (
    (
        "追加 append", "叶/秒 leaves/s", "linear", 100_000,
        (("append_cpu", "处理器 processor", 1), ("append_wall", "实际 wall", 1)),
    ),
    (
        "证明 proofs, p99", "毫秒 ms", "log", 5,
        (
            ("inclusion_processor_p99_ms", "包含 inclusion, 处理器 processor", 1),
            ("inclusion_warm_p99_ms", "包含 inclusion, warm", 1),
            ("inclusion_cold_p99_ms", "包含 inclusion, cold", 1),
            ("consistency_processor_p99_ms", "一致 consistency, 处理器 processor", 1),
            ("consistency_warm_p99_ms", "一致 consistency, warm", 1),
            ("consistency_cold_p99_ms", "一致 consistency, cold", 1),
        ),
    ),
    (
        "到公开检查点 to published checkpoint", "毫秒 ms", "log", 2000,
        (("publish_one_s", "1 条 entry", 1000), ("publish_500_s", "500 条 entries", 1000)),
    ),
    (
        "内存与空间 memory and space", "MiB; 字节/条 bytes/entry", "linear", None,
        (
            ("append_peak_mib", "追加峰值 peak, append (MiB)", 1),
            ("publish_peak_mib", "公开峰值 peak, publish (MiB)", 1),
            ("database_bytes", "数据库 database (bytes/entry)", 1),
            ("public_bytes", "公开文件夹 published (bytes/entry)", 1),
        ),
    ),
)  # fmt: skip


def draw(rows: Sequence[Mapping[str, float]], to: Path) -> None:
    """Write the picture."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "hallmark", "svg.fonttype": "path", "font.size": 9})
    _use_chinese_font(mpl)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 7), layout="constrained")
    sizes = [row["size"] for row in rows]
    for axes, (title, unit, scale, goal, lines) in zip(figure.subplots(2, 2).flat, PANELS, strict=True):
        for key, label, factor in lines:
            axes.plot(sizes, [factor * row[key] for row in rows], marker="o", label=label)
        if goal is not None:
            axes.axhline(goal, color=GOAL, linestyle="--", linewidth=1, label="目标 goal")
        axes.set(xscale="log", yscale=scale, title=title, xlabel="日志条目 entries in the log", ylabel=unit)
        axes.set_ylim(bottom=0 if scale == "linear" else goal / 200 if goal else None)
        axes.legend(fontsize=7, loc="lower right")
        axes.grid(visible=True, alpha=0.3)
    figure.savefig(to, format="svg", metadata={"Date": None})


def _use_chinese_font(mpl: object) -> None:
    """Use the font that certificates are printed with; its first face has every character needed here."""
    from matplotlib import font_manager

    fonts = sorted(Path(noto_cjk_sans_otc.__file__).parent.rglob("*.[ot]t[fc]"))
    regular = next(font for font in fonts if "Regular" in font.name)
    font_manager.fontManager.addfont(str(regular))
    name = font_manager.FontProperties(fname=str(regular)).get_name()
    mpl.rcParams["font.family"] = [name, "DejaVu Sans"]  # type: ignore[attr-defined]
