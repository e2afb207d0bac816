"""The style of a report: the dashboard's colors and sizes, light and dark, narrow windows, paper."""

#: The values of `dashboard/.streamlit/config.toml`.
COLOURS = """
:root {--text: #1D1D26; --quiet: #5B5B66; --back: #FFFFFF; --raised: #F5F5F7; --line: #DCDCE2;
  --accent: #4F52B8;}
@media (prefers-color-scheme: dark) {
  :root {--text: #E9E9EF; --quiet: #A9A9B4; --back: #15151B; --raised: #22222B; --line: #3A3A45;
    --accent: #A5A8F5;}
}
"""

PAGE = """
:root {color-scheme: light dark;}
* {box-sizing: border-box;}
body {margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif;
  font-variant-numeric: tabular-nums; display: grid; grid-template-columns: 12.5rem minmax(0, 62rem);
  column-gap: 2.5rem; padding: 2rem 2.5rem 4rem;}
header, footer, main {grid-column: 2; min-width: 0;}
nav {grid-column: 1; grid-row: 1 / span 3; position: sticky; top: 2rem; align-self: start; font-size: .93em;}
nav ul {list-style: none; margin: 0; padding: 0;}
nav a {display: block; padding: .3rem 0; color: var(--text); text-decoration: none;}
nav a:hover {text-decoration: underline;}
a {color: var(--accent);}
:focus-visible {outline: 2px solid var(--accent); outline-offset: 2px;}
.skip {position: absolute; left: -100vw;}
.skip:focus {left: 1rem; top: 1rem; background: var(--back); padding: .5rem 1rem; z-index: 1;}
h1 {font-size: 1.75rem; font-weight: 650; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere;}
h2 {font-size: 1.25rem; font-weight: 600; margin: 2.4rem 0 .6rem; scroll-margin-top: 1rem;}
main > section:first-child h2 {margin-top: 1.2rem;}
h3 {font-size: 1.05rem; font-weight: 600; margin: 1.6rem 0 .4rem; overflow-wrap: anywhere;}
p {margin: .5rem 0; max-width: 46rem; overflow-wrap: anywhere;}
.quiet, footer, figcaption {color: var(--quiet); font-size: .93em;}
.lead {font-weight: 600;}
.none {color: var(--quiet);}
i.dot {display: inline-block; width: .65em; height: .65em; border-radius: 50%; margin-right: .5em;}
"""

TABLES = """
.scroll {overflow-x: auto; margin: .8rem 0; border-radius: 2px;}
table {border-collapse: collapse; line-height: 1.35; min-width: 50%;}
caption {text-align: start; font-weight: 600; padding-bottom: .3rem;}
th, td {text-align: right; vertical-align: top; padding: .45rem 1rem .45rem 0;}
thead th {font-weight: 500; font-size: .87em; color: var(--quiet); vertical-align: bottom; max-width: 11rem;}
tbody th, tbody td {border-top: 1px solid var(--line);}
tbody th {font-weight: 500; min-width: 7rem; max-width: 18rem; overflow-wrap: break-word;}
th:first-child, td.text {text-align: start;}
thead th.text {text-align: start;}
td.text {max-width: 32rem; overflow-wrap: anywhere;}
tbody td {white-space: nowrap;}
td.text, td.none, td small {white-space: normal;}
td small {display: block; font-size: .82em; color: var(--quiet);}
td small span {white-space: nowrap;}
td b {font-weight: 500; white-space: nowrap;}
details {margin: .6rem 0;}
summary {cursor: pointer; color: var(--quiet); font-size: .93em; padding: .2rem 0;}
pre {background: var(--raised); border-radius: 6px; padding: .7rem .9rem; margin: .4rem 0; font-size: .82rem;
  line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere;}
.side {display: flex; flex-wrap: wrap; gap: 0 3rem;}
.side table {min-width: 18rem;}
.missing {border-inline-start: 3px solid var(--line); padding-inline-start: .9rem; margin: .8rem 0;}
"""

CHARTS = """
.charts {display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; align-items: flex-start;}
figure {margin: .8rem 0; flex: 1 1 22rem; min-width: 0; max-width: min(28rem, 100%);}
figure svg:not(.sample) {width: 100%; height: auto; display: block; overflow: visible;}
figure .title {font-size: 1rem; font-weight: 600; margin: 0 0 .3rem;}
svg text {fill: var(--quiet); font: 12px system-ui, sans-serif;}
svg text.up {dominant-baseline: middle;}
svg .grid {stroke: var(--line); stroke-width: 1; fill: none;}
svg .reference {stroke: #7F7F86; stroke-width: 1.5; stroke-dasharray: 3 4; fill: none;}
svg .line {fill: none; stroke-width: 2.2; stroke-linejoin: round;}
svg .bar {fill: none; stroke-width: 2.2;}
svg .dot {stroke: var(--back); stroke-width: 2;}
.legend {list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0 0 .3rem; padding: 0;
  font-size: .93em;}
.legend svg {vertical-align: middle; margin-right: .4rem;}
"""

NARROW = """
@media (max-width: 1000px) {
  body {display: block; padding: 1.5rem 1.5rem 3rem;}
  nav {position: static; margin: 1rem 0; border-block: 1px solid var(--line); padding: .5rem 0;}
  nav ul {display: flex; flex-wrap: wrap; column-gap: 1.2rem;}
}
@media (max-width: 640px) {body {padding: 1.2rem 1rem 2.5rem;} h1 {font-size: 1.45rem;}}
"""

# What is folded on a screen is printed; colors of a dark page would be black on black.
PAPER = """
@media print {
  :root {--text: #000; --quiet: #444; --back: #fff; --raised: #f3f3f3; --line: #bbb; --accent: #000;}
  body {display: block; padding: 0; font-size: 10pt;}
  nav, .skip {display: none;}
  details::details-content {content-visibility: visible; block-size: auto;}
  h2, h3, .title, caption {break-after: avoid;}
  figure, tr, .missing {break-inside: avoid;}
  .scroll {overflow: visible;}
  table {font-size: 8pt;}
  th, td {padding-right: .5rem;}
}
"""

STYLE = "".join((COLOURS, PAGE, TABLES, CHARTS, NARROW, PAPER))
