"""Search by any part of a text: functions that cut texts into pieces, and GIN indexes over them.

The two lists are those of `policies.library_terms.folding` as they were when the indexes were made; a test compares
them. Whoever changes what is folded makes the function anew and the indexes with it.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

import policies.models.search

FOLDED = (
    "！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼"
    '］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～〔[【〕]】”"「」—–〜・廠產業電號發髮經濟國會資'
    "財務稅補貼獎勵審評標準條約規則項請書報備實驗認證機關單聯繫區縣鄉鎮開門問題長東創營銷貿購買賣價額費貸貨幣銀儲錢賬際進運輸"
    "車輛動環節術學習師員職訓導領軍隊團組織個體類種級層檔點線網絡頻軟設數據計碼訊處裡後時間歷曆萬億幾雙對應當與從為無須並將於"
    "內臺灣廣場園樓館衛醫藥療藝農漁礦銅鋁鋰鋼鐵鈉氫圓顯燈視聽聲圖畫飛雲質優專權責險擔損壞滿達過還這選擇適遷邊遠連續總結構純給"
    "統繼維綜綠紅細終績編緊縮繳變讓議訂記許論識譯試話該詳語誤說課調談諮諾謀講護讀負貢賞賴賽贈贏躍軌載較輔輕轉辦遞遺釋鍵鏈鋪錄"
    "鎖鑒針鈔閉閱陽陰隨離難雜靈靜頁順預頒頭願顧風飾飯驅驟鮮齊龍傳債傷儀償儘盡僅傑偵側劃劑勞勢勝匯彙協卻壓壘塊墊奪婦孫寧寫寬尋"
    "屆屬嚴廢張強彈徑復複徹恆態慣憑懷戰戶捨掃採揚換揮擁擴擬擾攜攝敗敵斷昇暫極榮樣橋檢欄歐歡歲殺氣決沒況測減溝溫滅滯漲潔潤濃濕"
    "灑煉煩熱爐爭牆狀獨獲現瑪畢異盤監礎禮禦稱穩穀競筆築簡簽籤籌糧納紙紹義聖聞肅腦臨舉舊莊蘇虛蟲裝製見觀覽觸訪託豐貝販貧貫貯貴"
    "賃賓贛趨跡踐軸輪邏郵鄰醬ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)
BECOMES = (
    "!“#$%&'()*+,-./0123456789:;<=>?@abcdefghijklmnopqrstuvwxyz(\\"
    ")^_`abcdefghijklmnopqrstuvwxyz{|}~((()))““““--~·厂产业电号发发经济国会资"
    "财务税补贴奖励审评标准条约规则项请书报备实验认证机关单联系区县乡镇开门问题长东创营销贸购买卖价额费贷货币银储钱账际进运输"
    "车辆动环节术学习师员职训导领军队团组织个体类种级层档点线网络频软设数据计码讯处里后时间历历万亿几双对应当与从为无须并将于"
    "内台湾广场园楼馆卫医药疗艺农渔矿铜铝锂钢铁钠氢圆显灯视听声图画飞云质优专权责险担损坏满达过还这选择适迁边远连续总结构纯给"
    "统继维综绿红细终绩编紧缩缴变让议订记许论识译试话该详语误说课调谈咨诺谋讲护读负贡赏赖赛赠赢跃轨载较辅轻转办递遗释键链铺录"
    "锁鉴针钞闭阅阳阴随离难杂灵静页顺预颁头愿顾风饰饭驱骤鲜齐龙传债伤仪偿尽尽仅杰侦侧划剂劳势胜汇汇协却压垒块垫夺妇孙宁写宽寻"
    "届属严废张强弹径复复彻恒态惯凭怀战户舍扫采扬换挥拥扩拟扰携摄败敌断升暂极荣样桥检栏欧欢岁杀气决没况测减沟温灭滞涨洁润浓湿"
    "洒炼烦热炉争墙状独获现玛毕异盘监础礼御称稳谷竞笔筑简签签筹粮纳纸绍义圣闻肃脑临举旧庄苏虚虫装制见观览触访托丰贝贩贫贯贮贵"
    "赁宾赣趋迹践轴轮逻邮邻酱abcdefghijklmnopqrstuvwxyz"
)

# Costly on purpose: the planner is to ask the index and never to cut every text of the table.
PIECES = f"""
CREATE FUNCTION policies_pieces(source text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
    WITH signs AS (
        SELECT one, lead(one) OVER (ORDER BY at) AS following
        FROM unnest(string_to_array(
            translate(source, $from${FOLDED}$from$, $to${BECOMES}$to$), NULL
        )) WITH ORDINALITY AS cut (one, at)
    )
    SELECT COALESCE(array_agg(DISTINCT piece), '{{}}')
    FROM (
        SELECT one AS piece FROM signs
        UNION ALL
        SELECT one || following FROM signs WHERE following IS NOT NULL
    ) AS pieces
$$
"""  # noqa: S608

# Neither calls the other: a restored dump makes its indexes without a search path.
_LABELS = """
    SELECT COALESCE(string_agg(label, U&'\\0001'), '')
    FROM (
        SELECT CASE jsonb_typeof(definition -> 'facts') WHEN 'array' THEN definition -> 'facts' ELSE '[]' END AS facts
    ) AS declared,
    LATERAL (
        SELECT fact ->> 'label' AS label FROM jsonb_array_elements(facts) AS fact
        UNION ALL
        SELECT col ->> 'label'
        FROM jsonb_array_elements(facts) AS fact,
            jsonb_array_elements(
                CASE jsonb_typeof(fact -> 'columns') WHEN 'array' THEN fact -> 'columns' ELSE '[]' END
            ) AS col
    ) AS labels
"""
LABELS = f"""
CREATE FUNCTION policies_labels(definition jsonb) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $${_LABELS}$$
"""
VERSION_TEXT = f"""
CREATE FUNCTION policies_version_text(quote text, bracket text, definition jsonb) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
    SELECT quote || U&'\\0001' || bracket || U&'\\0001' || ({_LABELS})
$$
"""


class Migration(migrations.Migration):
    dependencies = [("policies", "0005_endings")]

    operations = [
        # Lists of one statement: what stands in it is sent as it is, per cent signs included.
        migrations.RunSQL([(PIECES, None)], ["DROP FUNCTION policies_pieces(text)"]),
        migrations.RunSQL([(LABELS, None)], ["DROP FUNCTION policies_labels(jsonb)"]),
        migrations.RunSQL([(VERSION_TEXT, None)], ["DROP FUNCTION policies_version_text(text, text, jsonb)"]),
        migrations.AddIndex(
            model_name="node",
            index=GinIndex(policies.models.search.Pieces("plain"), name="node_pieces"),
        ),
        migrations.AddIndex(
            model_name="clauseversion",
            index=GinIndex(
                policies.models.search.Pieces(policies.models.search.VersionText("quote", "bracket", "definition")),
                name="clauseversion_pieces",
            ),
        ),
    ]
