"""Read the service lists of Taipei as its offices publish them, into one register.

Names with words of state are left out or reduced to the unit's own name; the
addresses of civic groups are not used at all. The category of a row follows
from the list it stands in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

STATE_WORDS = re.compile(
    "政府|委託|國|国|市立|縣立|部立|衛生局|社會局|社会局|中華|中华|台灣|臺灣|榮民"
)
OFFICE = re.compile("^[臺台]北市政府(社會局|衛生局)?(委託|附設|公辦民營)?")
CONTRACTOR = re.compile("[(（](委託|由)[^)）]*[)）]?")
COMPANY = re.compile("公司")
VILLAGE_OFFICE = "里辦公處"
RADICALS = re.compile("[\u2f00-\u2fdf]")
LONG_RADICAL = "\u2ed1"  # has no compatibility form
TOWNS = (
    "松山",
    "信義",
    "大安",
    "中山",
    "中正",
    "大同",
    "萬華",
    "文山",
    "南港",
    "內湖",
    "士林",
    "北投",
)


@dataclass(frozen=True)
class ServiceList:
    """One published list: where the name stands, what its rows do, how, for how many."""

    file: str
    name: str
    categories: str
    address: str = "地址"
    capacity: str = ""
    delivery: str = "到点"


LISTS = (
    ServiceList("臺北市日間照顧機構一覽表_coord.csv", "機關名稱", "A1", capacity="收託量"),
    ServiceList(
        "臺北市社區式長照機構(長者日間照顧及小規模多機能)清冊一覽表_小規模多機能_coord.csv",
        "單位名稱",
        "A1",
    ),
    ServiceList(
        "114年臺北市社區整體照顧服務體系C級單位一覽表_coord.csv", "據點名稱", "A1;A3", "據點地址"
    ),
    ServiceList(
        "114年度臺北市失智社區服務據點布建清單_coord.csv", "服務單位名稱", "A1", "據點地址"
    ),
    ServiceList(
        "臺北市老人福利機構名冊1140201_coord.csv",
        "機構名稱",
        "A1",
        capacity="核定床數-核定總床位數",
    ),
    ServiceList(
        "114年度臺北市居家服務機構一覽表_coord.csv", "單位名稱", "A1", "立案地址", delivery="上门"
    ),
    ServiceList("sheltered-workshop-directory.csv", "工場名稱", "C2"),
    ServiceList("disability-employment-resource-map.csv", "name", "C2", "address"),
)
CARE_SITES = ServiceList(
    "114年度臺北市社區照顧關懷據點㇐覽表_coord.csv", "據點名稱", "A3", "據點地址"
)
CARE_SITE_KINDS = {"10個時段": "A1;A3", "樂齡學堂": "A4", "功能型": "A1;A3"}
WELFARE = ServiceList("social_welfare_organisations.csv", "name", "", "address")
WELFARE_KINDS = {
    "日間照顧中心": "A1",
    "小規模多機能": "A1",
    "失智照顧型": "A1",
    "安養機構": "A1",
    "養護型": "A1",
    "長期照護型": "A1",
    "團體家屋": "A1",
    "老人服務中心": "A1;A3",
    "石頭湯社區整合照顧服務": "A1;A3",
    "長青學苑": "A4",
    "日間服務機構": "C1",
    "社區日間作業設施": "C2",
    "住宿機構": "C2",
    "福利服務中心": "C1;C3",
    "精神障礙者會所": "C1",
    "身心障礙者社區日間活動據點": "C1",
    "身心障礙者資源中心": "C3",
    "身障社區長照機構（日間照顧）": "C1",
    "輔具服務中心": "C1",
    "婦女暨家庭服務中心": "B3",
    "兒少活動小站": "D1",
    "兒童福利服務中心": "D1",
    "少年福利服務中心": "D2",
    "社會福利服務中心": "E1",
}


def read_services(source: Path) -> pd.DataFrame:
    """Return one row a published service: name, categories, delivery, capacity, areas, lon, lat."""
    parts = [*_rows_of_lists(source), _care_sites(source), _welfare(source)]
    rows = pd.concat(parts, ignore_index=True)
    rows["name"] = rows["name"].map(neutral_name)
    rows = rows[rows["name"] != ""]
    rows["town"] = [_town(address) for address in rows["address"]]
    return rows.drop(columns="address").reset_index(drop=True)


def neutral_name(name: str) -> str:
    """Return the unit's own name without words of state, or nothing where they are part of it."""
    # Lists cut out of documents print some characters as look-alike radicals.
    name = RADICALS.sub(lambda one: unicodedata.normalize("NFKC", one[0]), name)
    name = name.replace(LONG_RADICAL, "長")
    own = CONTRACTOR.sub("", OFFICE.sub("", " ".join(name.split()))).strip("－- ")
    return "" if STATE_WORDS.search(own) else own


def provider_of(name: str) -> str:
    """Return the provider type a name gives away."""
    if COMPANY.search(name):
        return "企业"
    return "其他" if VILLAGE_OFFICE in name else "社会组织"


def _rows_of_lists(source: Path) -> Iterator[pd.DataFrame]:
    for one in LISTS:
        raw = _raw(source, one)
        rows = _rows(raw, one)
        if one.delivery == "上门":
            rows["serves_towns"] = raw["特約服務區域"].map(_towns_served)
            rows = rows[rows["serves_towns"] != ""]
        yield rows


def _care_sites(source: Path) -> pd.DataFrame:
    raw = _raw(source, CARE_SITES)
    rows = _rows(raw, CARE_SITES)
    for word, categories in CARE_SITE_KINDS.items():
        rows.loc[raw["據點類型"].str.contains(word), "categories"] = categories
    return rows


def _welfare(source: Path) -> pd.DataFrame:
    raw = _raw(source, WELFARE)
    rows = _rows(raw, WELFARE)
    rows["categories"] = raw["sub_type"].map(WELFARE_KINDS).fillna("")
    return rows[rows["categories"] != ""]


def _raw(source: Path, one: ServiceList) -> pd.DataFrame:
    return pd.read_csv(source / "services" / one.file, dtype=str, keep_default_na=False)


def _rows(raw: pd.DataFrame, one: ServiceList) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": raw[one.name],
            "address": raw[one.address],
            "categories": one.categories,
            "delivery": one.delivery,
            "capacity": pd.to_numeric(raw[one.capacity]) if one.capacity else np.nan,
            "serves_towns": "",
            "lon": pd.to_numeric(raw["lon"], errors="coerce"),
            "lat": pd.to_numeric(raw["lat"], errors="coerce"),
        }
    )


def _towns_served(areas: str) -> str:
    if "全區" in areas:
        return ";".join(TOWNS)
    return ";".join(town for town in TOWNS if town in areas)


def _town(address: str) -> str:
    return next((town for town in TOWNS if f"{town}區" in address), "")
