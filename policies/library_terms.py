"""What a word of a search is found as: full and half width, capitals, brackets, percentages and traditional characters
in either spelling.

Pure. A pattern means the same to PostgreSQL (`~*`) and to Python's `re` with IGNORECASE, so that what the database
finds is what a page marks.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

#: Signs that stand for one another in a search, whatever the width.
_ALIKE = ("(（〔［[【", ")）〕］]】", '“”"＂「」', "-－—–", "~～〜", ",，", ":：", ";；", "%％", "·・")
#: Traditional characters that people type, each before its simplified form: of the words of policies, industries and
#: places, and no dictionary. What stands here is found in either form; both forms of a pair are one character each.
_TRADITIONAL = (
    "廠厂產产業业電电號号發发經经濟济國国會会資资財财務务稅税補补貼贴獎奖勵励審审評评標标準准條条約约規规則则"
    "項项目目請请書书報报備备實实驗验認认證证機机關关單单聯联繫系區区縣县鄉乡鎮镇開开門门問问題题長长東东"
    "業业創创營营銷销貿贸購购買买賣卖價价額额費费貸贷貨货幣币銀银儲储錢钱賬账際际進进口口運运輸输車车輛辆"
    "動动力力環环節节能能術术學学習习師师員员職职訓训導导領领軍军隊队團团組组織织個个體体類类種种級级層层"
    "檔档點点線线網网絡络頻频軟软硬硬設设備备數数據据計计算算碼码訊讯處处裡里後后時时間间歷历曆历"
    "萬万億亿幾几雙双對对應应當当與与從从為为無无須须並并將将於于內内臺台灣湾廣广場场園园樓楼館馆"
    "衛卫醫医藥药療疗藝艺農农漁渔礦矿銅铜鋁铝鋰锂鋼钢鐵铁鈉钠氫氢電电晶晶圓圆顯显屏屏燈灯視视聽听"
    "聲声像像圖图畫画飛飞航航空空衛卫航航雲云質质優优良良專专利利權权責责險险擔担損损壞坏滿满達达"
    "過过還还這这選选擇择適适遷迁邊边遠远連连續续總总結结構构純纯給给統统繼继維维綜综綠绿紅红細细終终"
    "績绩編编緊紧縮缩繳缴變变讓让議议訂订記记許许論论證证識识譯译試试話话該该詳详語语誤误說说課课調调談谈"
    "諮咨諾诺謀谋講讲護护讀读負负貢贡賞赏賴赖賽赛贈赠贏赢躍跃軌轨載载較较輔辅輕轻轉转辦办遞递遺遗"
    "釋释鍵键鏈链鋪铺錄录鎖锁鑒鉴針针鈔钞閉闭閱阅陽阳陰阴隨随離离難难雜杂靈灵靜静頁页順顺預预頒颁頭头願愿"
    "顧顾風风飾饰飯饭館馆驅驱驟骤髮发鮮鲜齊齐龍龙傳传債债傷伤價价儀仪償偿儘尽僅仅傑杰偵侦側侧"
    "劃划劑剂勞劳勢势勝胜匯汇協协卻却壓压壘垒報报塊块墊垫增增奪夺婦妇孫孙寧宁寫写寬宽審审尋寻屆届屬属"
    "嚴严廢废張张強强彈弹彙汇徑径復复徹彻恆恒態态慣惯憑凭懷怀戰战戶户抱抱捨舍掃扫採采揚扬換换揮挥擁拥擴扩"
    "擬拟擾扰攜携攝摄敗败敵敌斷断昇升暫暂極极榮荣樣样橋桥檢检欄栏歐欧歡欢歲岁殺杀氣气決决沒没況况測测"
    "減减溝沟溫温滅灭滯滞漲涨潔洁潤润濃浓濕湿灑洒煉炼煩烦熱热爐炉爭争牆墙狀状獨独獲获現现瑪玛畢毕異异"
    "盤盘監监盡尽礎础禮礼禦御稱称穩稳穀谷競竞筆笔築筑簡简簽签籌筹籤签糧粮納纳紙纸級级素素紹绍"
    "義义習习聖圣聞闻肅肃腦脑臨临舉举舊旧節节莊庄蘇苏虛虚蟲虫補补裝装製制複复見见觀观覽览觸触訪访"
    "託托豐丰貝贝販贩貧贫貫贯費费貯贮貴贵賃赁賓宾贛赣趨趋跡迹踐践軸轴輪轮農农邏逻郵邮鄰邻醬酱"
)
_PAIRS = tuple((old, new) for old, new in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True) if old != new)


def _classes() -> dict[str, str]:
    simplified: dict[str, str] = {}
    for old, new in _PAIRS:
        alike = simplified.get(new, new)
        simplified[new] = alike if old in alike else alike + old
    groups = (*_ALIKE, *simplified.values())
    return {char: group for group in groups for char in group}


#: Each sign that has others beside it, with all of them; the first stands for them where texts are compared in pieces.
_CLASSES = _classes()
_DIGITS = "零一二三四五六七八九"
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.[0-9]+)?[%％]")
_SPOKEN = re.compile(r"百分之([零一二三四五六七八九十百]{1,5})")


def folding() -> tuple[str, str]:
    """The characters that are folded before texts are cut into pieces, and what each becomes: capitals, full width,
    signs that stand for one another. The database's function `policies_pieces` has the same two lists."""
    table = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
    table |= {char: group[0] for char, group in _CLASSES.items()}
    for code in range(ord("A"), ord("Z") + 1):
        table[chr(code)] = table[chr(code + 0xFEE0)] = chr(code).lower()
    return "".join(key for key, value in table.items() if key != value), "".join(
        value for key, value in table.items() if key != value
    )


_FOLD = str.maketrans(*folding())


def pieces(term: str) -> list[list[str]]:
    """What every text has in which a word is found: in one of its spellings, all of these pieces of one or two
    characters. An empty list of pieces narrows nothing."""
    folded = unicodedata.normalize("NFKC", term)
    spoken = _percentages(folded)
    return [_cut(one) for one in (spoken or [folded])]


def _cut(text: str) -> list[str]:
    """The pairs of neighbours of a folded text, or its one character. A letter with a capital that is not folded is in
    none: the database may take the two for one."""
    plain = text.translate(_FOLD)
    found = [plain[at : at + 2] for at in range(len(plain) - 1)] or [plain]
    return sorted({piece for piece in found if all(one.isascii() or one.lower() == one.upper() for one in piece)})


@lru_cache(maxsize=512)
def pattern(term: str) -> str:
    """The regular expression under which a word is found."""
    folded = unicodedata.normalize("NFKC", term)
    percent = _percent(folded)
    if percent is not None:
        return percent
    return "".join(_class(char) for char in folded)


def _class(char: str) -> str:
    alike = set(_CLASSES.get(char, char))
    if "!" <= char <= "~":
        alike.add(chr(ord(char) + 0xFEE0))  # the full width twin
    if len(alike) == 1:
        return re.escape(char) if not char.isalnum() and char.isascii() else char
    # In a bracket expression of PostgreSQL and of Python these four mean something.
    inside = "".join(f"\\{one}" if one in "\\]^-[" else one for one in sorted(alike))
    return f"[{inside}]"


def _percent(folded: str) -> str | None:
    """5% and 百分之五 find one another, and 5% is not found inside 15% or 0.5%."""
    read = _read_percent(folded)
    if read is None:
        return None
    digits, spoken = read
    body = "".join(_class(char) for char in digits)
    either = f"(?<![0-9.０-９．]){body}[%％]"
    return f"(?:{either}|百分之{spoken}(?![零一二三四五六七八九十百]))" if spoken else either


def _read_percent(folded: str) -> tuple[str, str] | None:
    """The digits of a percentage, and how it is spoken ("" where it is not); None for what is none."""
    if written := _PERCENT.fullmatch(folded):
        digits = folded[:-1]
        return digits, spoken_number(int(written[1])) if "." not in digits else ""
    if (said := _SPOKEN.fullmatch(folded)) and (value := read_number(said[1])) is not None:
        return str(value), said[1]
    return None


def _percentages(folded: str) -> list[str]:
    """The spellings of a percentage; none for what is no percentage."""
    read = _read_percent(folded)
    if read is None:
        return []
    digits, spoken = read
    return [f"{digits}%", *([f"百分之{spoken}"] if spoken else [])]


def spoken_number(value: int) -> str:
    """A whole number up to 199 as a percentage is spoken: 5 五, 10 十, 25 二十五, 100 一百; "" beyond."""
    if value > 100:
        return ""
    if value == 100:
        return "百"
    tens, ones = divmod(value, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def read_number(text: str) -> int | None:
    """The whole number that a percentage names; None where it is none up to 100."""
    return next((value for value in range(101) if spoken_number(value) == text), None)


def found_in(text: str, terms: Iterable[str]) -> bool:
    """Whether every word stands somewhere in the text."""
    return all(re.search(pattern(term), text, re.IGNORECASE) for term in terms)


def adjacent(terms: Sequence[str]) -> str:
    """The pattern of the words one after another, in their order, with at most blanks between."""
    return r"\s*".join(pattern(term) for term in terms)


def spans(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words stand."""
    return [match.span() for term in terms for match in re.finditer(pattern(term), text, re.IGNORECASE)]


#: What a word counts where it stands: a title says more than a sentence, a sentence more than a label.
WEIGHTS = {"title": 100, "sentence": 10, "label": 1}
