"""Closed vocabularies of policies; labels are what people read."""

from django.db import models


class DocumentKind(models.TextChoices):
    POLICY = "policy", "政策文件"
    REPLY = "reply", "提案答复"


class NodeKind(models.TextChoices):
    """What a piece of a printed document is; decides how the page sets it."""

    MASTHEAD = "masthead", "发文机关标志"
    NUMBER = "number", "发文字号"
    NOTICE_TITLE = "notice_title", "通知标题"
    RECIPIENTS = "recipients", "主送机关"
    DATE = "date", "成文日期"
    OPENNESS = "openness", "公开方式"
    TITLE = "title", "标题"
    SECTION = "section", "部分"
    ARTICLE = "article", "条"
    RULES = "rules", "通用规则"
    PARAGRAPH = "paragraph", "段"
    PASSAGE = "passage", "句"
    TABLE_TITLE = "table_title", "表题"
    TABLE = "table", "表"
    TABLE_NOTE = "table_note", "表注"
    FOOTNOTE = "footnote", "脚注"


class VersionState(models.TextChoices):
    """draft → published → retired; a published version never changes its words or numbers.

    A draft that is put aside is kept with everything that was ever written in it, and may be taken up again.
    """

    DRAFT = "draft", "草稿"
    DISCARDED = "discarded", "已搁置"
    PUBLISHED = "published", "已发布"
    RETIRED = "retired", "已停用"


#: States in which a version was never in force; only those who edit see them.
UNPUBLISHED = (VersionState.DRAFT, VersionState.DISCARDED)


class PublicationState(models.TextChoices):
    """Drafts of a document that one administrator submits and another publishes."""

    OPEN = "open", "待发布"
    PUBLISHED = "published", "已发布"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


class ItemAct(models.TextChoices):
    """What a publication does to one version: a draft goes into force, or a published one leaves it."""

    PUBLISH = "publish", "发布"
    END = "end", "提前终止"
    RETIRE = "retire", "停用"


class ClauseRole(models.TextChoices):
    """What a unit is to a clause, as the bracket prints it."""

    LEAD = "lead", "牵头单位"
    COOPERATING = "cooperating", "配合单位"
    RESPONSIBLE = "responsible", "责任单位"


class GroupResolution(models.TextChoices):
    """How a group of units becomes one unit for an application."""

    DISTRICT = "district", "企业所属县区（开发区）"
    CHOSEN_BY_LEAD = "chosen_by_lead", "由牵头单位逐件确定"
