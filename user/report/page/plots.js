/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Plots of the pools, by dygraphs. All that is shown is in the element "data";
 * texts of it go into the page as text only. All plots share one stretch of time.
 */
(function () {
	"use strict";

	var data = JSON.parse(document.getElementById("data").textContent);
	var whole = [data.from * 1000, (data.from + data.buckets * data.bucket_s) * 1000];
	var span = whole.slice();
	var plots = [];
	var opened = []; /* for print */

	/* ---- what is plotted ---- */

	var kinds = [
		{ title: "Pages", of: [["inflight", "in flight"], ["out", "out"], ["cache", "cache"], ["ring", "ring"]], unit: number },
		{ title: "Events a second", of: [["events_per_s", "events"]], unit: number },
		{ title: "Events lost a second", of: [["lost_per_s", "lost"]], unit: number },
		{ title: "Coverage: events in whole windows", of: [["coverage_percent", "conclusive"]], unit: percent, range: [0, 105], lowest: true },
		{ title: "Age of the oldest page", of: [["oldest_ms", "oldest"]], unit: age, axis: ageAxis },
	];

	function number(value) {
		var text = Math.abs(value) < 10 && value % 1 ? value.toFixed(2) : Math.round(value).toString();

		return text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
	}

	function percent(value) {
		return (Math.floor(value * 10) / 10).toFixed(1) + " %";
	}

	function age(ms) {
		if (ms < 1000)
			return Math.round(ms) + " ms";
		if (ms < 60000)
			return (ms / 1000).toFixed(1) + " s";
		if (ms < 3600000)
			return Math.round(ms / 60000) + " min";
		if (ms < 172800000)
			return (ms / 3600000).toFixed(1) + " h";
		return (ms / 86400000).toFixed(1) + " d";
	}

	/* Ticks at whole seconds, minutes, hours or days. */
	function ageAxis(low, high, pixels, opts, graph) {
		var units = [[1, "ms"], [1000, "s"], [60000, "min"], [3600000, "h"], [86400000, "d"]];
		var unit = units.filter(function (one) { return high >= 2 * one[0]; }).pop() || units[0];

		return Dygraph.numericTicks(low / unit[0], high / unit[0], pixels, opts, graph).map(function (tick) {
			if (tick.label)
				tick.label = number(tick.v) + " " + unit[1];
			tick.v *= unit[0];
			return tick;
		});
	}

	function when(ms) {
		return new Date(ms).toISOString().replace("T", " ").slice(0, 19) + " UTC";
	}

	/* Of each bucket: its begin, and of each series lowest, line, highest. */
	function rows(series, lowest) {
		var list = [], i, k, high, low, row;

		for (i = 0; i < data.buckets; i++) {
			row = [new Date((data.from + i * data.bucket_s) * 1000)];
			for (k = 0; k < series.length; k++) {
				high = series[k].max[i];
				low = series[k].min ? series[k].min[i] : high;
				row.push(high === null ? null : [low, lowest ? low : high, high]);
			}
			list.push(row);
		}
		return list;
	}

	/* ---- one plot ---- */

	function colour(name) {
		return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
	}

	function colours(count) {
		var list = [], i;

		for (i = 0; i < count; i++)
			list.push(colour("--c" + i % 8));
		return list;
	}

	function element(parent, name, className, text) {
		var made = document.createElement(name);

		if (className)
			made.className = className;
		if (text)
			made.textContent = text;
		parent.appendChild(made);
		return made;
	}

	/* Without a point: the names alone. */
	function showLegend(plot, x, points) {
		var values = {}, list = plot.legend;

		(points || []).forEach(function (point) { values[point.name] = point.idx; });
		list.textContent = "";
		plot.names.forEach(function (name, i) {
			var item = element(list, "span"), at = values["s" + i], low, high;

			element(item, "i").style.background = "var(--c" + i % 8 + ")";
			item.appendChild(document.createTextNode(name));
			if (at === undefined || plot.series[i].max[at] === null)
				return;
			high = plot.series[i].max[at];
			low = plot.series[i].min ? plot.series[i].min[at] : high;
			item.appendChild(document.createTextNode(": " +
				(low < high ? plot.unit(low) + " to " : "") + plot.unit(high)));
		});
		if (points && points.length)
			element(list, "span", "", when(x));
	}

	/* Times without samples. */
	function shadeGaps(context, area, graph) {
		context.fillStyle = colour("--gap");
		data.gaps.forEach(function (gap) {
			var left = graph.toDomXCoord(gap[0] * 1000), right = graph.toDomXCoord(gap[1] * 1000);

			context.fillRect(left, area.y, Math.max(right - left, 1), area.h);
		});
	}

	function keys(plot, event) {
		var width = span[1] - span[0], at = plot.graph.getSelection();
		var first = Math.floor((span[0] - whole[0]) / data.bucket_s / 1000) - 1;
		var last = Math.ceil((span[1] - whole[0]) / data.bucket_s / 1000);
		var action = {
			"+": function () { zoom(0.5); },
			"=": function () { zoom(0.5); },
			"-": function () { zoom(2); },
			"0": function () { show(whole); },
			"PageUp": function () { show([span[0] - width / 2, span[1] - width / 2]); },
			"PageDown": function () { show([span[0] + width / 2, span[1] + width / 2]); },
			"ArrowLeft": function () { select(plot, (at < 0 ? last : at) - 1, -1); },
			"ArrowRight": function () { select(plot, (at < 0 ? first : at) + 1, 1); },
		}[event.key];

		if (!action || event.ctrlKey || event.altKey || event.metaKey)
			return;
		event.preventDefault();
		action();
	}

	/* The next interval from @row on, in steps of @step, of which something is known. */
	function select(plot, row, step) {
		while (row >= 0 && row < data.buckets &&
		       plot.series.every(function (one) { return one.max[row] === null; }))
			row += step;
		if (row < 0 || row >= data.buckets)
			return;
		plot.graph.setSelection(row);
		showLegend(plot, (data.from + row * data.bucket_s) * 1000,
			plot.names.map(function (name, i) { return { name: "s" + i, idx: row }; }));
	}

	function draw(parent, kind, names, series) {
		var figure = element(parent, "figure"), plot = { names: names, series: series, unit: kind.unit };

		figure.tabIndex = 0;
		figure.setAttribute("role", "group");
		figure.setAttribute("aria-label", kind.title + ": plot; plus and minus zoom, arrows select, page keys move, 0 shows all");
		element(figure, "figcaption", "", kind.title);
		plot.details = figure.closest("details");
		plot.legend = element(figure, "div", "legend");
		plot.legend.setAttribute("aria-live", "polite");
		plot.graph = new Dygraph(element(figure, "div", "plot"), rows(series, kind.lowest), {
			labels: ["time"].concat(names.map(function (name, i) { return "s" + i; })),
			customBars: true,
			labelsUTC: true,
			legend: "never",
			colors: colours(names.length),
			strokeWidth: 1.25,
			fillAlpha: 0.18,
			includeZero: true,
			valueRange: kind.range || null,
			dateWindow: span,
			gridLineColor: colour("--grid"),
			axisLineColor: colour("--line"),
			highlightCircleSize: 3,
			drawGapEdgePoints: true,
			connectSeparatedPoints: Boolean(kind.connect),
			underlayCallback: shadeGaps,
			highlightCallback: function (event, x, points) { showLegend(plot, x, points); },
			unhighlightCallback: function () { showLegend(plot); },
			zoomCallback: function (from, to) { show([from, to]); },
			axes: {
				x: { axisLabelWidth: 64, pixelsPerLabel: 80 },
				y: { axisLabelWidth: 58, axisLabelFormatter: kind.unit, ticker: kind.axis || Dygraph.numericTicks, pixelsPerLabel: 34 },
			},
		});
		showLegend(plot);
		figure.addEventListener("keydown", function (event) { keys(plot, event); });
		plots.push(plot);
	}

	/* ---- all plots ---- */

	function show(wanted) {
		var width = Math.min(Math.max(wanted[1] - wanted[0], data.bucket_s * 4000), whole[1] - whole[0]);
		var from = Math.min(Math.max(wanted[0], whole[0]), whole[1] - width);

		span = [from, from + width];
		plots.forEach(refresh);
	}

	/* What nobody sees is left for when its details are opened. */
	function refresh(plot) {
		if (plot.details.open)
			plot.graph.updateOptions({
				dateWindow: span,
				colors: colours(plot.names.length),
				gridLineColor: colour("--grid"),
				axisLineColor: colour("--line"),
			});
	}

	function zoom(by) {
		var middle = (span[0] + span[1]) / 2, half = (span[1] - span[0]) / 2 * by;

		show([middle - half, middle + half]);
	}

	function refreshAll() {
		plots.forEach(refresh);
	}

	/* A point of each bucket, of those that a holder has. */
	function spread(holder) {
		var list = [], i;

		for (i = 0; i < data.buckets; i++)
			list.push(null);
		holder.at.forEach(function (at, point) { list[at] = holder.pages[point]; });
		return list;
	}

	function drawPool(details) {
		var pool = data.pools[Number(details.dataset.plots)], parent = details.querySelector(".plots");

		if (!details.open || !pool || opened.indexOf(details) >= 0)
			return;
		if (parent.firstChild) {
			plots.filter(function (plot) { return plot.details === details; }).forEach(refresh);
			return;
		}
		kinds.forEach(function (kind) {
			var of = kind.of.filter(function (value) { return pool[value[0]].max; });

			if (of.length)
				draw(parent, kind,
					of.map(function (value) { return value[1]; }),
					of.map(function (value) { return pool[value[0]]; }));
		});
		if (pool.holders.length)
			draw(parent, { title: "Holders: pages at each look", unit: number, connect: true },
				pool.holders.map(function (holder) { return holder.name; }),
				pool.holders.map(function (holder) { return { max: spread(holder) }; }));
	}

	document.documentElement.classList.add("scripted");
	document.querySelectorAll("details[data-plots]").forEach(function (details) {
		details.addEventListener("toggle", function () {
			drawPool(details);
			markScrolled();
		});
		drawPool(details);
	});
	document.querySelectorAll("button[data-zoom]").forEach(function (button) {
		button.addEventListener("click", function () {
			if (button.dataset.zoom === "all")
				show(whole);
			else
				zoom(Number(button.dataset.zoom));
		});
	});
	/* A link into a closed pool opens it. */
	function openTarget() {
		var target = document.getElementById(location.hash.slice(1));

		if (target && target.tagName === "DETAILS")
			target.open = true;
	}

	/* Tables that need no scrolling are no stop of the tab key. */
	function markScrolled() {
		document.querySelectorAll(".scroll").forEach(function (box) {
			if (box.scrollWidth > box.clientWidth)
				box.tabIndex = 0;
			else
				box.removeAttribute("tabindex");
		});
	}

	/*
	 * On paper nothing can be opened: pools that were closed have their tables
	 * there, but no plots, since hundreds of them take minutes to print.
	 */
	window.addEventListener("beforeprint", function () {
		document.querySelectorAll("details.pool:not([open])").forEach(function (details) {
			opened.push(details);
			details.open = true;
		});
	});
	window.addEventListener("afterprint", function () {
		opened.splice(0).forEach(function (details) { details.open = false; });
	});
	window.addEventListener("resize", markScrolled);
	markScrolled();
	window.addEventListener("hashchange", openTarget);
	openTarget();
	window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refreshAll);
	window.matchMedia("print").addEventListener("change", refreshAll);
}());
