"""The browser door: page settings, pages, language; the frame does the rest."""

from __future__ import annotations

import streamlit as st

from dashboard import (
    compare,
    coverage_map,
    gap_list,
    organisations,
    places,
    rules,
    sure_or_not,
    where_next,
)
from dashboard.frame import frame

st.set_page_config(page_title="一刻圈 Yike", layout="wide", initial_sidebar_state=264)

PAGES = [
    st.Page(coverage_map.page, title="覆盖地图", url_path="coverage_map", default=True),
    st.Page(gap_list.page, title="缺口清单", url_path="gap_list"),
    st.Page(where_next.page, title="下一处建在哪", url_path="where_next"),
    st.Page(organisations.page, title="组织名录", url_path="organisations"),
    st.Page(rules.page, title="指标与依据", url_path="rules"),
    st.Page(sure_or_not.page, title="稳不稳", url_path="sure_or_not"),
    st.Page(compare.page, title="对比", url_path="compare"),
    st.Page(places.page, title="地区与数据", url_path="places"),
]
frame(PAGES, st.navigation(PAGES, position="hidden"))
