"""Chinese personal names: how a name is told from a word that begins like one.

A surname alone proves little (高 is a surname and the first half of 高中), so a
name is only believed next to a trigger (a title, a label such as 联系人, a phone
number), and never when it is a common word or ends like an institution.
"""

from __future__ import annotations

from cases.privacy.given_names import FIRST_GIVEN, GIVEN, LAST_GIVEN

SINGLE = frozenset(
    "代王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程"
    "苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝"
    "龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞"
    "左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕"
    "屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧"
    "闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥"
    "南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支"
    "卿国狄平计索宣晋相初门云容敬扈晁芮普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印"
    "逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀信展阴昝智幸奉植衡富尧闭由"
    "傅洪丘萧水佴俎兀咸圉堵墨夔寸巢庚弋弓忻怀扶拓揣操撒斛昌暴枚楮步毋沃沐渠犹狐玄琚甯疏皋税竹笃粘续肇苍荀莘萨虎衣豫贝贡贲郇郐酆野铎锁隽雒颉须骈黑仰冒历茆郅琴宛羌轩盍佀姒尔布糜嵇畅赖阎诸逄乜郄麴郗钭郏仉妫缑訾笪禤镡眭隗睢郇庹璩濮谯蒯蹇宓竺庾暨恽郦钮滑羿桓景阙绳矫綦鄂迮咎遆菅郎厍俱经别禚粟逄蔚仝晏娄"
    "仓买卯者起达回腾粱钦镐茶补勒火禄候亥召弥杞枝校桐渊濯瑞甫盈种策筱络舟苦荔萌蒿虢覆谏豹豪赏赐逢遇酒隐青风次皇斗开"
    "汲邴蓬宦韶蓟郤殳"
)
"""The common ones, by how often they are borne; rare ones are left out on purpose."""

COMPOUND = frozenset(
    (
        *("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒"),
        *("端木", "东方", "宇文", "司空", "鲜于", "闻人", "钟离", "赫连", "澹台", "濮阳", "淳于"),
        *("申屠", "轩辕", "呼延", "南宫", "独孤", "左丘", "拓跋", "完颜", "纳兰", "那拉", "叶赫"),
        *("万俟", "达奚", "长孙", "单于", "公冶", "太史", "仲孙", "钟吾", "公羊", "谷梁", "百里"),
        *(
            "东郭",
            "亓官",
            "西门",
            "南门",
            "闾丘",
            "司寇",
            "巫马",
            "漆雕",
            "乐正",
            "宗政",
            "贺兰",
            "尔朱",
            "太叔",
        ),
    )
)

TELLING_SURNAMES = frozenset(
    "刘吴赵郭韩冯许宋谢蔡吕潘唐袁蒋徐杨陈郑沈朱胡孙邓彭魏姚卢姜崔谭廖贾邹孟秦邱尹薛闫侯龚邵覃庞倪聂翟殷詹耿焦俞柯裴霍"
    "翁冉骆靳鲍喻祁蒲滕饶牟穆卓缪褚娄窦戚岑晏瞿佟臧闵苟邬卞姬栾隋刁巫寇甄虞敖巩佘邝匡鞠胥郜粟冼蔺奚禚逄綦鄢褟仉乜亓笪"
    "郗郇郦钮恽庾宓璩濮眭隗訾缑阚麴妫禤糜茆遆琚李王张梁董曹罗葛田程蔡贺郝闾仝"
)
"""Hardly any word begins with these."""

DOUBTFUL = frozenset(
    "修关盖刁代楼司纪来游于向和与时从由连应都那全公平单安常曾成何来但干相国有农区原支管解关商成包经明信展计路来初"
    "门云位车强利南班居权元公文方高官师满盘查任左万严重尚步竹续黑野锁虎衣操历豫咸怀弓昌暴墨堵拓揣渠须冒仰税尔布犹毋沃琴斛枚笃粘苍荀寸巢扶操撒"
)
"""Surnames that are also everyday first characters: a name that begins with one needs
a boundary on both sides."""

WORDLIKE = frozenset(
    "和与但区路门楼车边米鲜都来于从向时由连那公平相国有农原支管解商包信展计初位强利居权元官满盘左重应经费"
    "母宿阿谈练项银海党水保印票云全当无都东西南北步种竹续黑野锁虎衣操历豫咸怀弓昌暴墨堵拓揣渠须冒仰税尔布年犹毋候沃琴"
    "仓买卯者起达回腾粱钦镐茶补勒火禄候亥召弥杞枝校桐渊濯瑞甫盈种策筱络舟苦荔萌蒿虢覆谏豹豪赏赐逢遇酒隐青风次皇斗开"
)
"""Surnames that stand for something else nearly always, whatever is before them."""

_COMMON = """
    敬呈 方来 林立 停车 懒洋洋 房号 楼号 栋号 补件 补全 补正 补足 补课 补齐 陈列 陈情 陈旧 陈述
    万一 万万 万元 万家 万户 严格 严肃 严重 丰富 乐意 乔迁 于是 云南 云服务 代办 代建 代收 代替
    代理 代码 代缴 代表 代课 任何 任教 任职 任课 伍佰 但是 但现在 位于 位置 何人 何况 何必 何时
    何种 余人 余年 信件 信任 信号 信息 信用 信箱 信访 修建 修路 修车 储户 元整 元旦 元月 元钱 党员
    党和 党委 党政 党组织 党风 全体 全力 全区 全县 全国 全天 全家 全市 全是 全校 全款 全民 全班
    全省 全程 全职 全部 全面 全额 公交 公共 公办 公务 公务员 公司 公告 公园 公婆 公安 公寓 公布
    公平 公开 公摊 公正 公民 公益 公示 公积金 公立 公约 公证 公路 关于 关心 农业 农户 农村 农民
    农民工 农田 农药 冷库 冷静 初一 初三 初中 初二 初步 利息 利率 利用 利益 包工头 包括 包车 华为
    华侨 单亲 单价 单位 单元 单方 单独 单身 南京 南北 南山 南方 南昌 卫生 卫生院 卫计 原住 原告
    原因 原来 古城 古稀 古镇 叶子 司机 司法 向你 向区 向县 向市 向您 向贵 和一 和他 和其 和家 和我
    和邻 商业 商家 商户 商铺 国企 国家 国有 孙女 孙子 宁可 宁愿 安全 安居 安徽 安心 安排 安置 安装
    官员 官方 官网 宫颈 容易 富裕 尚未 居住 居委会 居家 居民 居然 屈指 展开 左右 左邻 师傅 师范
    常住 常务 常州 常年 常见 常规 常识 干净 干扰 干群 干部 平台 平均 平安 平常 平房 平方 平时 平米
    幸好 幸福 应届 应当 应由 应该 康养 康复 张贴 强制 强烈 强行 强迫 成为 成人 成功 成员 成本 成立
    成绩 成都 战友 战士 戴帽 房东 房产 房价 房型 房子 房屋 房款 房租 房管 房贷 房间 支书 支付 支取
    支持 支教 支行 支部 支队 敬上 敬启 敬爱 敬礼 敬请 文书 文件 文凭 文化 文字 文明 方便 方面 施工
    施工方 时代 时任 时候 时刻 时常 时至 时间 明天 明年 明文 明星 明显 明白 明知 明码 明确 易燃
    普通 普遍 普高 景区 景色 景观 智慧 曾向 曾在 曾多 曾多次 曾经 权利 权威 权益 来到 来自 杭州
    查处 查看 查询 柴油 梅雨 楼上 楼下 楼层 楼房 楼栋 楼盘 楼道 欧式 欧洲 武汉 段时间 毕业 毕业生
    毕竟 毛利 毛坯 毛病 江北 江南 江苏 江西 江门 池塘 沙发 沙子 沙石 海南 海归 温州 温度 温暖 温水
    温馨 游客 游戏 游泳 游玩 游行 满意 满足 燕窝 牛奶 牛肉 班主任 班子 班级 班长 由于 由此 申报
    申诉 申请 申请人 白天 白色 白血病 相信 相关 相邻 石头 石材 石油 祁东 祁阳 祖国 祖辈 祝好 祝您
    祝愿 程序 程度 程门 章印 章程 章节 童年 符合 简单 管委会 管家 管理 管网 管道 米左右 纪委 纪检
    经办 经理 花园 花费 苏州 苗木 蓝色 解决 解封 解放 解答 解释 解除 计划 计算 许多 谈判 谈话 谢谢
    谷雨 费劲 费用 贺州 路口 路段 路灯 路边 路过 路面 车主 车位 车库 车牌 车辆 边上 边坡 边界 边缘
    边防 连夜 连带 连我 连接 连续 连锁 那个 那么 那些 那时 那边 都在 都是 都有 都没 金牌 金科 金茂
    金融 金额 钟头 银行 门卫 门口 门诊 门面 阳光 阳台 阳性 陆续 陶瓷 项目 项目经理 项链 顾客 顾虑
    顾问 马上 马力 马桶 马虎 马路 高一 高三 高中 高二 高层 高新 高校 高管 高级 高职 高速 鲁莽 黄牛
    黄色 黄金 龙头 龙湖 安静 马坡 康物 单凭 张后 齐心 莫福 岳学 莫大 乌江 智能 金桥 成长 盖章 盖楼
    盖房 盖好 方有 顾全 文自 文武 付清 付定 付款 付出 付费 付了 商定 商量 章中 钱给 花近 林科 林业
    林木 强大 呼声 楼中 楼时 安宁 满满 钱财 原本 高铁 盛世 和平 国庆 宣传 公权 但如 但合 但以 但家
    但当 但一 但冬 但恒 由一 伍军 房多 高达 宁静 华润 明明 明细 管管 丁家 都提 都不 居环 白图 许可
    乐业 周一 白兰 迟早 修好 易地 智中 尤其 尤为 房早 井水 万金油 殷切 程中 诸多 诸如 诸位 和谐
    和睦 高峰 高兴 高压 高额 高温 高龄 高昂 高价 金钱 金华 金山 金地 金辉 银河 银川 包工 路修 连基
    连正 满心 相依 应急 国防 国道 国土 国民 公道 公里 公家 安然 安定 张家 李家 王家 杨家 陈家 白云
    白马 水泥 温情 万達 万科 万达 万事 万分 千万 乐山 乐园 凌晨 凌空 凌乱 冷漠 冷气 冷清 关爱 关怀
    关闭 关口 关门 常德 常委 常有 常用 成年 成天 成群 严禁 严厉 严守 严查 严打 全新 全年 全心 石料
    石子 石板 石灰 水利 水电 雷雨 雷电 雷达 龙卷 龙泉 华东 华北 华南 华中 华丽 华城 山东 山西 山区
    山庄 方向 方案 方针 宁波 宁夏 江山 江湖 汤药 鱼塘 牛羊 熊猫 花草 花卉 花坛 花生 花样 苗圃 柳州
    柳树 梅州 桂林 桂花 松树 柏油 竹子 竹林 兰花 兰州 兰亭 荣誉 荣幸 荣光 富强 富豪 富士 丰收 景德
    景象 景点 祝福 祝贺 祝大 喜庆 喜欢 甘肃 甘愿 鲁班 吉林 吉祥 吉利 蒙古 藏族 党建 党群 党纪 党章
    党性 党旗 官司 官僚 官腔 支援 支撑 支气 卫视 卫健 车站 车间 车道 车流 车祸 车费 车贷 车管 车子
    车队 车型 车上 车内 车展 柴火 柴禾 房本 房顶 房改 房源 屈辱 舒服 舒心 舒适 惠民 惠农 惠及 惠州
    敬业 敬老 经济 经营 经常 经过 经历 经费 经手 解聘 解散 解冻 谈心 谈到 谈起 计生 计较 计量 计时
    储蓄 储备 储藏 项上 练习 练车 强占 强拆 强势 强加 帅气 时光 时长 时速 时而 司空 司炉 冶炼 初心
    初审 初始 权属 权限 权力 元宵 原价 原始 原有 原先 原定 原籍 干活 干旱 干预 干警 师生 师资 师德
    师父 游人 游览 海洋 海边 海关 海鲜 容忍 容纳 容貌 辛苦 辛勤 祖坟 祖孙 祖宅 母亲 门市 门牌 门锁
    门槛 麦田 谷子 商城 商场 商务 商品 商贩 商店 米粉 米饭 池水 时不 时有 空调 相当 相互 相继 相反
    相处 相应 相似 相比 晋升 晋级 通过 都市 都说 位子 位数 那年 那里 展示 展现 展厅 查清 查明 查封
    查验 查到 查实 查办 代言 代驾 代价 来信 来电 来访 来往 来源 来年 来说 由来 由我 由他 于今 于情
    连心 连片 万众 万千 万人 万民 丛书 丛生 严峻 严寒 严谨 严加 严冬 严明 丰硕 丰裕 丰厚 丰盛 乌云
    乌龟 乐曲 乐声 乐观 乐融 乔木 云天 井然 仇人 代代 仰天 任用 任意 但愿 何以 何日 何许 余震 信心
    信念 信誉 信守 修正 修改 修理 修修 修道 修定 俱乐 俱全 储量 储存 元老 元帅 元人 元年 元素 党小
    党代 党龄 全军 全方 全文 全世 全镇 全长 全书 全会 全日 全运 全自 全权 全然 全行 全路 公用 公德
    公元 公众 公明 公堂 公有 公粮 公章 公文 公理 公会 公然 公公 关山 关联 冒名 农牧 农作 农行 农大
    农家 农电 农用 农科 农林 农转 冶金 冷暖 冷战 冷水 冷天 初五 初六 初八 初七 利润 利民 利国 利好
    别国 别致 别人 别有 别开 劳民 劳作 劳力 区政 区长 华章 华夏 华人 华年 卓有 卓越 单一 单纯 单人
    单日 单行 单程 南国 南端 南风 南向 卫星 卫士 印发 印花 印制 印章 危言 历经 历来 历时 历代 历程
    历年 厉行 原子 原理 原生 原材 原名 原原 原木 古代 古人 古老 古道 古生 古语 古乐 古木 古曲 史诗
    史实 司长 向前 向来 周年 周六 周日 周四 周转 周三 周全 呼啸 和善 和尚 和合 和声 和会 和美 和好
    商人 商用 商会 商标 商学 商周 商代 国际 国旗 国会 国歌 国泰 国徽 国营 国立 国人 国王 国力 国联
    国宾 国大 国航 国标 国语 国合 夏天 夏季 夏日 奉行 奉献 奉公 安稳 安理 安慰 安保 安放 安逸 安乐
    安康 官兵 宣言 宣扬 容量 容许 富有 富民 富余 富家 富贵 寸土 封锁 封建 封路 封存 尔后 居多 居高
    居安 左翼 巩固 巴士 巴方 布满 布设 师风 常青 常人 常理 干道 平凡 平衡 平稳 平静 平日 平原 平民
    平平 平行 幸运 庄园 应有 应征 应用 应承 应运 应得 庞大 廉洁 廉政 强劲 强盛 强权 强国 强有 强词
    强力 怀念 怀有 慕名 成果 成千 成家 成百 成建 成行 成品 成才 成风 成名 成全 战胜 战略 战斗 战后
    战战 战天 房前 房梁 扶正 拓展 拓宽 揭开 揭发 揭晓 揭露 操作 操心 支柱 敬意 敬佩 文中 文章 文艺
    文献 文学 文联 文本 文卫 斯文 方可 方圆 方方 方略 方才 方言 方城 施政 施展 施行 施加 施用 时时
    时尚 时日 时起 昌盛 明亮 明日 明珠 明智 明清 明代 明人 易学 普普 普天 景致 智力 暴露 暴风 暴力
    暴雨 朴素 朴实 权宜 权贵 权衡 杜绝 林中 柏树 桑梓 梅花 植树 楚楚 楚河 楼宇 欧元 步行 武侠 武士
    殷实 母子 母爱 毕生 水平 水中 水土 水果 水墨 水田 水稻 水源 水晶 水量 水花 水龙 水路 水城 水仙
    水力 水火 水道 江河 江水 沙龙 沙土 洪水 洪峰 海水 海阔 海航 海星 涂改 渠道 温柔 温升 温泉 游乐
    游园 游艺 游子 滑冰 滑雪 满怀 满载 满天 燕子 牛年 犹太 犹豫 玉米 玉兰 甘甜 甘心 田野 田园 由小
    申明 畅通 疏通 疏远 白发 白日 白杨 白银 白白 白果 盘中 盘大 盛开 盛行 盛大 盛赞 相连 相加 相传
    相通 相向 石棉 石制 祖先 祖祖 税制 税收 税利 税金 税源 竹桥 简明 简洁 简朴 简易 管制 纪念 纪实
    纪年 纪行 经合 经久 经纪 经得 经改 经年 经世 续建 绳子 羊毛 胡作 舒展 花香 花城 花木 花纹 花果
    花多 花好 花树 苍天 荣立 荣耀 莫名 莫非 蓝图 蓝天 虎年 虎虎 衡量 解开 许许 许诺 许久 诺言 谢意
    贡献 费力 费时 贺词 贺年 贺信 路子 路人 路程 路标 路基 路政 路北 路路 车水 辛辛 边远 边民 边城
    连连 连年 连环 连日 连声 连成 连天 那天 那会 野火 野生 金刚 金光 金石 金合 金碧 金龟 金行 钟声
    银杏 银元 锁定 门联 门前 门路 门子 门可 门道 闭路 闻名 阴雨 阴影 阴凉 阴阳 陆军 隆冬 隆隆 须知
    顾名 高举 高潮 高大 高原 高声 高高 高雅 高歌 高薪 高寒 高科 高尚 高风 高发 高贵 高升 高人 高收
    高官 高年 鲜明 鲜艳 鲜花 鲜鱼 麻木 黄土 黄花 黄河 黎民 黑人 黑白 齐全 齐鸣 龙凤 龙腾 龙舟 关水
    关电 高水 列第 牛聋 付宝 隆力 赖以 堵心 单中 单上 单在 单里 花光 花掉 花完 曾几 宁路 和少 荣盛
    温开 楚华 刁难 边建 关阀 关机 关灯 关停 关了 管吗 常生 任老 何谈 何苦 何尝 谢领 胡乱 胡说 胡闹
    胡扯 乱收 计费 计入 安检 安监 安防 施划 施救 严惩 严管 商圈 商住 商贸 商讨 商谈 付完 付账 卫浴
    车轮 车窗 车门 路牌 单车 单据 单子 单号 水费 水管 水压 水表 水箱 水沟 水渠 金属 石墩 石粉 石渣
    沙尘 查获 查访 查违 查阅 查收 申办 申购 申领 申论 于法 于理 于民 于事 于心 应对 应诉 应聘 应收
    应缴 连廊 连同 连累 成型 成套 成堆 成片 成瘾 常去 平整 平坦 平移 平分 别墅 别说 别的 别处 别家
    别无 别再 经开 经侦 经销 经贸 经鉴 经查 经核 经调 经初 经了 经区 经县 经市 经我 经多 经与 经现
    经研 经上 经典 经由 经本 经双 经社 经业 经各
"""
"""Common words that begin with a surname, as officials and citizens write them."""

ORDINARY_WORDS = frozenset(_COMMON.split())
"""Words of two characters and more that begin with a surname."""
_WORDS = ORDINARY_WORDS

_ENDS = frozenset(
    "局办站所院厂店村镇乡县市区处科股室委队部校园台线话机号码组会司社馆街路巷里湾城湖山河桥矿场"
    "家户业主员民人生兵商客友们方书记长型类型式费元款钱税证照单房楼栋层宅苑府庭寨屯坪冲塘"
)
"""Last characters of institutions, places, roles and things. Some (湖, 生, 民) also end
given names; in running text missing those is better than masking every street."""

_NEVER = """
    能否 先后 自治 庭院 庄园 家洲 家庄 家坪 家湾 家坝 家沟 家村 家冲 家桥 家港 家口 家界 家屯 家寨
    家坡 家园 明珠 见惯 爷爷 奶奶 外公 外婆 爸爸 妈妈 哥哥 姐姐 弟弟 妹妹 叔叔 阿姨 亲戚 交警 民警
    辅警 城管 保安 物业 今年 去年 明年 年近 某某 先生 女士 小姐 老师 同志 师傅 中学 小学 大学 代课
    任课 美术 音乐 体育 语文 数学 英语 调配 医生 护士 律师 主任 经理 书记 局长 校长 老板 家长 同学
    学生 代理 变更 工头 两位 几位 各位 二位 三位 雨水 浩大 朋友 无法 合同 当时 以前 现在 一定 冬天
    夏天 春天 秋天 恒大 家人 基本 正常 如果 生民 财政 权力 金融 安全 平安 健康 永远 永久 文化 文明
    天天 天然 天气 大家 小区 大道 大队 大厦 大桥 中心 中国 中央 中山 东方 南方 北方 西方 东路 西路
    南路 北路 中路 大街 国家 国道 国际 公园 花园 广场 新村 新城 高速 高铁 高兴 光明 自己 明显 明天
    明确 清楚 清明 建设 建议 建立 建成 建材 建筑 发展 发生 发现 开发 开始 开放 开展 进行 进入 进步
    保护 保障 保险 保证 利益 利用 利息 力度 力量 成立 成功 成为 成本 立即 立刻 立项 联合 联系 生活
    生产 生意 生命 生态 学校 学习 学费 世界 世纪 时代 时间 时候 时期 时常 海鲜 海景 水利 水电 水库
    水泥 水管 电话 金额 银行 美丽 美好 重要 重新 重点 严重 严格 星期 春节 国庆 元旦 元月 之间 之后
    之前 子女 儿子 女儿 孩子 兄弟 姐妹 父母 夫妻 家庭 全部 全家 全体 完全 道路 公路 公司 公交 公共
    公平 公正 强烈 有人 有关 有些 有限 来到 来说 来自 来信
"""
NEVER_GIVEN = frozenset(_NEVER.split())
"""Words that are no given name behind any surname."""

PLACE_ENDS = frozenset("路街巷镇乡村县市区州城园桥冲湾河湖站岭坡坪塘庄苑府阁楼店厂院校所局家时")
"""Of the last characters of places those that hardly ever end a given name."""

_FUNCTION = frozenset(
    "的了是在和与及或有为被把将就也都不没很已又再向从到对于等由所以而但并其这那我你他她它们您请"
)


def surname_length(text: str, at: int) -> int:
    """2 for a compound surname at this position, 1 for a single one, 0 for none."""
    if text[at : at + 2] in COMPOUND:
        return 2
    return 1 if text[at : at + 1] in SINGLE else 0


_COMPOUND_LENGTH = 2
_NEVER_FIRST = frozenset("的了是在与及或被把将就也都不没很已又再向从到对等由而但并我你他她它您")


def is_name(word: str, *, sure: bool = False) -> bool:
    """Whether a word of 2 to 4 characters can be a full Chinese name.

    `sure`: a label such as 姓名： stands before it and a boundary behind, so that the
    characters that given names share with places and grammar (山, 生, 和) are allowed.
    """
    length = surname_length(word, 0)
    given = word[length:]
    if word[0] in given:  # 修一修, 高高大大
        return False
    if not length or not 1 <= len(given) <= 2 or not all(map(is_han, given)):
        return False
    if given[0] == "某" and len(given) > 1:
        return False
    if sure and len(given) == 2 and GIVEN.issuperset(given):
        return length == _COMPOUND_LENGTH or word[:2] not in _WORDS
    begins = "" if length == _COMPOUND_LENGTH else word[:2]
    if not _WORDS.isdisjoint((begins, given)) or given in NEVER_GIVEN:
        return False
    if sure:
        return given[0] not in _NEVER_FIRST
    return word[-1] not in _ENDS and _FUNCTION.isdisjoint(given)


def is_full_name(word: str) -> bool:
    """Whether a word can be a full name where a word for a person stands before it, or
    nothing but the ends of the word speak for it: both characters of the given name must
    be such as given names have, and the word no place."""
    length = surname_length(word, 0)
    given = word[length:]
    if word[0] in given:
        return False
    if not length or not given or word[:2] in _WORDS or given in _WORDS or given in NEVER_GIVEN:
        return False
    if given[-1] in PLACE_ENDS or word[-2:] in NEVER_GIVEN:
        return False
    if len(given) == 1:
        return given in GIVEN and (word[0] not in WORDLIKE or length == 2)
    if len(given) != 2 or given[0] not in FIRST_GIVEN or given[1] not in LAST_GIVEN:
        return False
    return word[0] not in WORDLIKE or length == 2


def is_given_name(given: str) -> bool:
    """Whether two characters are no everyday word and do not end like a place."""
    return given not in NEVER_GIVEN and given not in _WORDS and given[-1] not in PLACE_ENDS


def is_han(char: str) -> bool:
    """A character of the CJK ideograph blocks that names are written in."""
    return (
        "\u4e00" <= char <= "\u9fff"
        or "\u3400" <= char <= "\u4dbf"
        or "\U00020000" <= char <= "\U0003134f"
    )
