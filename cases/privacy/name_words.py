"""The words around personal names: titles, labels, relations, and words that only look so."""

from __future__ import annotations

from typing import Final

_TITLES = """
    先生 女士 小姐 同志 太太 老师 师傅 阿姨 大爷 大妈 同学 叔叔 伯伯 大叔 大哥 大姐 大嫂 大娘 老汉
    婆婆 老伯 大伯 大婶 阿婆 阿公 阿伯 阿叔 阿嫂 奶奶 爷爷 老太 大夫 教授 博士 师母 师父 老哥 老弟
    小朋 大妹子 妹子 小哥 老兄 女同志 老同志 老人家 老太太 老先生 老大爷 老大娘 技师 教练
"""
TITLES: Final = frozenset(_TITLES.split())
"""Titles of private persons. Officials by their office (书记, 局长) are not personal data
here: who answers for what is public."""

_FELLOWS = """
    等人 夫妇 夫妻 一家 全家 本人 老人 医生 护士 老板 教练 父子 母子 母女 父女 姐妹 兄弟 两人 二人
    三人 同学 经理
"""
FELLOWS: Final = frozenset(_FELLOWS.split())
"""Words behind a full name that are no title of respect."""

_SURE = """
    姓名 联系人 联络人 我叫 名叫 我名字叫 投诉人 举报人 申请人 反映人 来电人 求助人 信访人 来信人
    留言人 署名 落款 签名 签字 具名 户名 收款人 开户人 持卡人 收件人 寄件人 经办人 经手人 监护人
    委托人 代理人 法人代表 法定代表人 法人 被告 原告 证人 借款人 欠款人 担保人 被投诉人 被举报人
    被反映人 当事人 受害人 户主 房主 机主 车主 死者 逝者 患者 伤者 病人 报名人 登记人 共有人
    产权人 承租人 出租人 租赁人 缴费人 参保人 纳税人 亲属 被申请人 上诉人 申报人 填表人 填报人
    办理人 报案人 报警人 求职人 失踪人 走失人 捐赠人 承包人 合伙人 使用人 持证人 领款人 甲方 乙方
    丙方 学生姓名 孩子姓名 家长姓名 患者姓名 户主姓名 业主姓名
"""
SURE: Final = frozenset(_SURE.split())
"""Labels of a field, and words that are followed by a person."""

_LOOSE = """
    实名 代表人 负责人 敬礼 此致 本人 我是 妻子 丈夫 父亲 母亲 儿子 女儿
"""
LOOSE: Final = frozenset(_LOOSE.split())
"""Labels that other words follow as often."""

_ROLES = """
    孩子 小孩 儿子 女儿 小儿 小女 儿媳 女婿 孙子 孙女 外孙 外孙女 侄子 侄女 外甥 外甥女 弟弟 妹妹
    哥哥 姐姐 丈夫 妻子 老公 老婆 爱人 配偶 前夫 前妻 男友 女友 父亲 母亲 爸爸 妈妈 公公 婆婆 岳父
    岳母 爷爷 奶奶 外公 外婆 叔叔 伯父 舅舅 姑姑 姨妈 堂弟 堂哥 表弟 表哥 表妹 表姐 嫂子 亲戚 家属
    家长 监护人 户主 村民 居民 业主 租户 租客 房东 住户 邻居 农户 群众 市民 老人 老汉 老太 学生
    同学 学员 考生 患者 病人 死者 逝者 伤者 亡者 司机 车主 店主 老板 老板娘 员工 职工 工人 工友
    同事 战友 朋友 民工 农民 当事人 经办人 经手人 联系人 包工头 中介 业务员 销售员 快递员 骑手
    保安 保姆 护工 残疾人 低保户 贫困户 五保户 退役军人 退伍军人 老党员 军属 烈属 班长 兄长 组员
    对象 社员 双胞胎 孤儿 婴儿 新生儿 幼儿 男子 女子 男孩 女孩 少年 青年 妇女 产妇 孕妇 嫌疑人
    肇事者 被害人 受害者 代理人 委托人 继承人 借款人 担保人 收款人 证人 楼上 楼下 隔壁 户名 名字
    落款 此致 敬礼 本名 原名 曾用名 真名 大名 学名 化名 我娃 我家 战士 经理 店长 主管 会计 出纳
    股东 教练 医师 医生 护士 技师 师傅 主播 脱贫户 危房户 困难户 承包户 养殖户 种植户 拆迁户
    移民户 个体户 务工者 经营者 志愿者 网格员 护林员 教师 校友 队友 室友 病友 舍友 驴友 同桌 闺女
    丫头 长子 次子 长女 次女 幼子 幼女 独子 独女 小叔 大伯 二叔 三叔 大姐 二姐 大哥 二哥 三哥 三姐
    小妹 小弟 姑妈 姑父 姨夫 舅妈 婶婶 伯母 继父 继母 养父 养母 养子 养女 遗孀 老伴 未婚妻 未婚夫
    老大 老二 老三 老四 老五 老幺 孩儿 娃儿 小女子 组长 队长 工头 班主任 摊主 老乡 大爷 大娘 大妈
    全名 签字 名单 小子 光棍 小哥 失主 货主 机主 事主 老头 小伙 姑娘 媳妇 儿媳妇 代笔人 车友 学徒
    自称 那口子 村医 文书 监测对象 亡夫 亡妻 先父 先母
    徒弟 师弟 师兄 表叔 表婶 堂叔 伯伯 大嫂 弟媳 弟妹 亲家母 干儿子 小舅子 大姨 二姨 小姨 三姨
    姨父 姑爷 被告人 连襟 妯娌 亲家 祖父 祖母 曾孙 重孙 外祖父 外祖母
"""
ROLES: Final = frozenset(_ROLES.split())
"""Words for a person that stand directly before a name."""

_WORDS_ACROSS = """
    人代 人文 人均 人马 人时 人车 人和 人包 人方 人高 人员 民安 民房 民国 民生 民和 民居 客房 客车
    客运 客源 员全 户全 户均 户房 户安 生成 生时 生平 生计 师范 师傅 友谊 者何 者高 属于 姐妹 父母
    公安 儿童 工程 工方 亲戚 学时 人强 请都 请全 请安 与时 与高 和平 和谐 同时 同步 同方 被迫 被告
    找房 由何 由于 个别 主任 责任 保安 治安 平安 信任 担任 人家 人全 及时 及其 姓名 名车 让全 把车
    把门 请何
"""
WORDS_ACROSS: Final = frozenset(_WORDS_ACROSS.split())
"""Words whose second character only looks like a surname."""

_OF_HISTORY = """
    毛泽东 周恩来 刘少奇 邓小平 彭德怀 习近平 雷锋 焦裕禄 孔繁森 包青天 诸葛亮 司马昭 司马迁 司马光
    欧阳修 欧阳询 左宗棠
    曾国藩 辛弃疾 王阳明 王羲之 苏东坡 陶渊明 白居易 孙中山 钱学森 袁隆平 黄继光
    董存瑞 刘胡兰
"""
OF_HISTORY: Final = frozenset(_OF_HISTORY.split())
"""People whom letters name as everyone knows them."""

_PLACE_WORDS = """
    大道 大厦 大桥 大学 大队 大街 大市 大酒 国际 中学 中心 中路 小学 小区 广场 社区 公园 花园
    家园 学校 学院 建材 建筑 公司 有限 实业 集团 置业 物业 少儿 幼儿 酒店 超市
"""
PLACE_WORDS: Final = frozenset(_PLACE_WORDS.split())
"""Words of places that begin with the last character of what looks like a name."""
