"""A large library for figures of speed: the shipped policy again and again, about other industries and other sums."""

import datetime as dt
import random
from typing import Any

from django.db import connection
from django.utils import timezone

from policies.models import Clause, ClauseUnit, ClauseVersion, Document, Node
from tests.factories.policies import load_policy
from tests.factories.volume import _without_index

INDUSTRIES = (
    *(
        "生物医药",
        "航空制造",
        "新能源",
        "新材料",
        "汽车零部件",
        "绿色食品",
        "现代针纺",
        "装备制造",
        "虚拟现实",
        "人工智能",
    ),
    *(
        "物联网",
        "数字经济",
        "软件服务",
        "集成电路",
        "智能终端",
        "半导体照明",
        "中医药",
        "大健康",
        "文化旅游",
        "现代物流",
    ),
    *(
        "商贸流通",
        "电子商务",
        "跨境电商",
        "金融服务",
        "科技服务",
        "工业设计",
        "节能环保",
        "资源循环",
        "建筑装配",
        "会展",
    ),
    *("智能家居", "医疗器械", "化工新材", "锂电储能", "光伏", "氢能", "低空经济", "数据标注", "北斗应用", "检验检测"),
)
ISSUERS = ("洪府发", "洪府办发", "洪工信发", "洪科字", "洪商务发", "洪财字")
#: Clauses of a document, and how many versions the clauses have one after another.
CLAUSES, VERSIONS = 20, (1, 1, 2, 4)


def make_library(documents: int, *, seed: int = 30) -> None:
    """So many documents with twenty clauses each beside the shipped ones, half of them ended, all published."""
    policy = load_policy()
    with _without_index("node_pieces"), _without_index("clauseversion_pieces"):
        _documents(policy, documents, random.Random(seed))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _documents(policy: Document, documents: int, chance: random.Random) -> None:
    nodes = list(policy.nodes.order_by("order"))
    originals = list(policy.clauses.select_related("node").prefetch_related("versions__units").order_by("order"))
    instant = timezone.now()
    for number in range(documents):
        industry = INDUSTRIES[number % len(INDUSTRIES)]
        factor = chance.randint(1, 40)
        year = 2016 + number % 10

        def told(text: str, industry: str = industry, factor: int = factor) -> str:
            return text.replace("电子信息", industry).replace("500万元", f"{factor * 50}万元")

        document = Document.objects.create(
            slug=f"volume-{number}",
            number=f"{ISSUERS[number % len(ISSUERS)]}〔{year}〕{number + 1}号",
            title=f"南昌市加快{industry}产业发展若干政策",
            kind="policy",
            issuer="演示机关",
            valid_from=dt.date(year, 1, 1),
            valid_to=dt.date(year + 5, 12, 31),
            original_sha256="0" * 64,
            source_sha256="0" * 64,
            order=100 + number,
            published_at=instant,
        )
        made = Node.objects.bulk_create(
            Node(
                document=document,
                ref=node.ref,
                kind=node.kind,
                order=node.order,
                text=told(node.text),
                plain=told(node.plain),
            )
            for node in nodes
        )
        places = {old.pk: new for old, new in zip(nodes, made, strict=True)}
        _clauses(document, chance.sample(originals, CLAUSES), places, told, year, chance, instant)


def _clauses(
    document: Document,
    originals: list[Clause],
    places: dict[int, Node],
    told: Any,
    year: int,
    chance: random.Random,
    instant: dt.datetime,
) -> None:
    clauses = Clause.objects.bulk_create(
        Clause(
            document=document,
            clause_id=one.clause_id,
            title=told(one.title),
            order=one.order,
            node=places[one.node_id],
            is_monetary=one.is_monetary,
        )
        for one in originals
    )
    versions, units = [], []
    for original, clause in zip(originals, clauses, strict=True):
        shipped = original.versions.all()[0]
        count = chance.choice(VERSIONS)
        for at in range(count):
            versions.append(
                ClauseVersion(
                    clause=clause,
                    number=at + 1,
                    # Units may be written while it is a draft.
                    state="draft",
                    valid_from=dt.date(year + at, 1, 1),
                    valid_to=None if at == count - 1 else dt.date(year + at, 12, 31),
                    definition=shipped.definition,
                    definition_sha256=shipped.definition_sha256,
                    quote=told(shipped.quote),
                    bracket=shipped.bracket,
                    evidence=shipped.evidence,
                    source_sha256="0" * 64,
                    content_sha256="0" * 64,
                )
            )
            units.append(list(shipped.units.all()))
    made = ClauseVersion.objects.bulk_create(versions)
    ClauseUnit.objects.bulk_create(
        ClauseUnit(version=version, role=unit.role, order=unit.order, unit_id=unit.unit_id, group_id=unit.group_id)
        for version, printed in zip(made, units, strict=True)
        for unit in printed
    )
    ClauseVersion.objects.filter(clause__in=clauses).update(state="published", published_at=instant)
