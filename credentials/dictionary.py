"""The preset DEFLATE dictionaries (RFC 1950 §2.2) of the QR token, by version byte. Once published, never changed.

A dictionary is what certificates have in common: series, titles, levels, ways, the words that names of bodies are made
of, and the framing between them. It names no single body, so no issuer prints smaller codes than another. What stands
nearest to its end costs least, so the most frequent comes last.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from credentials.claims import AWARD_LABELS, AWARDED_ON, ID_TAIL, ID_TYPE, ISSUER, KIND, NAME
from credentials.kinds import CATEGORIES, STATION_KINDS
from credentials.model import Award, Postdoc, Qualification, Title
from keys.cbor import encode

# Series with their usual titles, highest level first; `-` where the series has none. Rarest series first.
_TITLES: Final = """
民用航空飞行技术人员 正高级飞行员 一级飞行员 二级飞行员 三级飞行员 -
船舶专业技术人才 正高级船长 高级船长 中级驾驶员 助理驾驶员 驾驶员
公共法律服务专业人员 一级公证员 二级公证员 三级公证员 四级公证员 公证员助理
艺术专业人员 一级演员 二级演员 三级演员 四级演员 -
播音主持专业人员 播音指导 主任播音员主持人 一级播音员主持人 二级播音员主持人 -
体育专业人员 国家级教练 高级教练 中级教练 初级教练 -
工艺美术专业人员 正高级工艺美术师 高级工艺美术师 工艺美术师 助理工艺美术师 工艺美术员
文物博物专业人员 研究馆员 副研究馆员 馆员 助理馆员 -
翻译专业人员 译审 一级翻译 二级翻译 三级翻译 -
出版专业人员 编审 副编审 编辑 助理编辑 -
技工院校教师 正高级实习指导教师 高级实习指导教师 一级实习指导教师 二级实习指导教师 三级实习指导教师
技工院校教师 正高级讲师 高级讲师 讲师 助理讲师 -
中等职业学校教师 正高级讲师 高级讲师 讲师 助理讲师 -
实验技术人才 正高级实验师 高级实验师 实验师 助理实验师 实验员
审计专业人员 正高级审计师 高级审计师 审计师 助理审计师 -
统计专业人员 正高级统计师 高级统计师 统计师 助理统计师 统计员
档案专业人员 研究馆员 副研究馆员 馆员 助理馆员 管理员
图书资料专业人员 研究馆员 副研究馆员 馆员 助理馆员 管理员
新闻专业人员 高级编辑 主任编辑 编辑 助理编辑 -
新闻专业人员 高级记者 主任记者 记者 助理记者 -
农业技术人员 正高级农艺师 高级农艺师 农艺师 助理农艺师 农业技术员
哲学社会科学研究人员 研究员 副研究员 助理研究员 研究实习员 -
自然科学研究人员 研究员 副研究员 助理研究员 研究实习员 -
高等学校教师 教授 副教授 讲师 助教 -
中小学教师 正高级教师 高级教师 一级教师 二级教师 三级教师
卫生技术人员 主任护师 副主任护师 主管护师 护师 护士
卫生技术人员 主任药师 副主任药师 主管药师 药师 药士
卫生技术人员 主任技师 副主任技师 主管技师 技师 技士
卫生技术人员 主任医师 副主任医师 主治医师 医师 医士
经济专业人员 正高级经济师 高级经济师 经济师 助理经济师 经济员
会计人员 正高级会计师 高级会计师 会计师 助理会计师 会计员
工程技术人才 正高级工程师 高级工程师 工程师 助理工程师 技术员
"""
_SPECIALTIES: Final = """
金融 会计 审计 统计 档案 图书资料 新闻 出版 农艺 园艺 畜牧 兽医 水产 临床医学 中医 护理 药学 公共卫生 口腔医学 教育学 语文
数学 英语 法学 经济学 管理学 生物学 物理学 化学 力学 土木工程 电子科学与技术 信息与通信工程 控制科学与工程 计算机科学与技术
材料科学与工程 机械工程 电气工程 化学工程与技术 基础医学 化工 环境保护 测绘 水利 交通运输 船舶 航空 航天 冶金 纺织 食品
建筑 建筑工程 市政公用工程 机电工程 化工安全 系统架构设计师 英语笔译 建设工程 土木建筑 轻工 能源动力 电力 通信 电子信息
网络安全 大数据 数据分析 物联网 区块链 云计算 智能制造 生物医药 集成电路 软件 计算机 自动化 人力资源管理 工商管理 知识产权
机械 人工智能
"""
_LEVELS: Final = "员级 初级 助理级 正高级 中级 副高级"
_WAYS: Final = "历史补登 职业资格对应职称 流动确认 以赛代评 举荐 直通车 比照认定 初次认定 考评结合 考试 评审"
_QUALIFICATIONS: Final = """
注册城乡规划师 注册测绘师 一级造价工程师 二级造价工程师 监理工程师 注册建筑师 注册结构工程师 勘察设计注册工程师 注册验船师
注册会计师 法律职业资格 教师资格 医师资格 护士执业资格 执业药师 注册消防工程师 专利代理师 拍卖师 导游资格 社会工作者 税务师
资产评估师 房地产经纪人 咨询工程师(投资) 设备监理师 精算师 通信专业技术人员职业资格 出版专业技术人员职业资格 审计专业技术资格
统计专业技术资格 会计专业技术资格 银行业专业人员职业资格 翻译专业资格 数字技术工程师 计算机技术与软件专业技术资格
经济专业技术资格 注册安全工程师 二级建造师 一级建造师
"""
_EXAMS: Final = """
数字技术工程师培育项目 司法部考试 教育部考试 应急管理部考试 自然资源部考试 国家卫生健康委员会考试 中国外文局考试 财政部考试
住房和城乡建设部考试 工业和信息化部考试 全国统一考试 人力资源和社会保障部考试
"""
_BODIES: Final = """
集团 科技 生物 医药 信息 工程 设计院 研究院 研究所 医院 学院 财经大学 农业大学 医科大学 中医药大学 理工大学 科技大学 师范大学
交通大学 有限公司 股份有限公司 博士后工作办公室 职业能力考试院
人事考试中心 人才服务中心 职称改革办公室 自由贸易试验区 新区 区 县 州 自治州
"""
_ID_TYPES: Final = "军官证 外国人永久居留身份证 台湾居民来往大陆通行证 港澳居民来往内地通行证 港澳台居民居住证 护照"
_PROVINCES: Final = """
台湾省 香港特别行政区 澳门特别行政区 新疆生产建设兵团 西藏自治区 青海省 宁夏回族自治区 海南省 甘肃省 贵州省 内蒙古自治区
新疆维吾尔自治区 吉林省 黑龙江省 山西省 云南省 广西壮族自治区 辽宁省 江西省 天津市 重庆市 陕西省 福建省 安徽省 河北省
湖南省 湖北省 四川省 河南省 浙江省 江苏省 山东省 广东省 上海市 北京市
"""
# How the names of committees and of human resources offices run on.
_COMMITTEES: Final = (
    "卫生系列 教师系列 研究系列 会计系列 经济系列 工程系列正高级职称评审委员会 系列初级专业职称评审委员会 "
    "工程系列中级职称评审委员会 工程系列专业高级职称评审委员会 系列高级职称评审委员会"
)
_OFFICES: Final = "考试院 人力资源和社会保障部 人力资源和社会保障厅 人力资源和社会保障局"
# The framing of a token: COSE_Sign1 with its protected header, payload length, claims map and the head of the signature.
_FRAMING: Final = (
    "5840",
    "0419",
    "041a0001",
    "844da201260448",
    "a0590109",
    "a05901",
    "a2061a6a",
    "3a00010000af0150",
    "026d",
)


def _general() -> bytes:
    """Build dictionary 1: fields with the heads that stand before and after them in a token, rarest first."""
    return b"".join(
        (
            *_award(Postdoc, "station_kind", tuple(STATION_KINDS), after="partner"),
            *_award(Qualification, "exam", _EXAMS.split(), after="admin_no"),
            *_award(Qualification, "name", _QUALIFICATIONS.split(), after="specialty"),
            *(
                _field(labels["level"], level) + _field(labels["category"], category) + _label(labels["exam"])
                for labels in (AWARD_LABELS[Qualification],)
                for category in CATEGORIES
                for level in ("初级", "中级", "高级")
            ),
            *_titles(),
            *_award(Title, "specialty", _SPECIALTIES.split(), after="level"),
            *_levels_and_ways(),
            "".join((*_BODIES.split(), *_PROVINCES.split(), *_COMMITTEES.split())).encode(),
            *(office.encode() + _label(AWARD_LABELS[Title]["name"]) for office in _OFFICES.split()),
            *(_field(ID_TYPE, id_type) + _label(AWARDED_ON) + b"\x6a20" for id_type in _ID_TYPES.split()),
            _identity("职业资格") + _identity("博士后") + _identity("职称"),
            *(bytes.fromhex(framing) for framing in _FRAMING),
        )
    )


def _titles() -> Iterator[bytes]:
    labels = AWARD_LABELS[Title]
    for row in _TITLES.strip().splitlines():
        series, *titles = row.split()
        for title in titles:
            if title != "-":
                yield _field(labels["name"], title) + _field(labels["series"], series) + _label(labels["specialty"])


def _levels_and_ways() -> Iterator[bytes]:
    labels = AWARD_LABELS[Title]
    for level in _LEVELS.split():
        for way in _WAYS.split():
            yield _field(labels["level"], level) + _field(labels["way"], way) + _label(labels["committee"]) + b"\x78"


def _award(kind: type[Award], name: str, texts: Sequence[str], *, after: str) -> Iterator[bytes]:
    labels = AWARD_LABELS[kind]
    for text in texts:
        yield _field(labels[name], text) + _label(labels[after])


def _identity(kind: str) -> bytes:
    # Kind, a name of two or three characters, identity tail, award date, issuer: heads only, but for the kind.
    tail, date = _label(ID_TAIL) + b"\x64", _label(AWARDED_ON) + b"\x6a2027-2026-" + _label(ISSUER) + b"\x78"
    return _field(KIND, kind) + _label(NAME) + b"\x66" + _label(NAME) + b"\x69" + tail + date


def _field(label: int, text: str) -> bytes:
    return _label(label) + encode(text)


def _label(label: int) -> bytes:
    return encode(label)


DICTIONARIES: Final[Mapping[int, bytes]] = MappingProxyType({1: _general()})
