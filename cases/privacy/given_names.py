"""What given names are made of: a surname followed by these is a name more often than a word.

The characters by how often they stand in given names (counted from the 9,442 characters of
ngender 0.1.1, MIT), without those that begin everyday words; and the elements of names of
other nationalities, as they are written in Chinese.
"""

from __future__ import annotations

from typing import Final

_BY_FREQUENCY: Final = (
    "华明伟文晓建军海国志红平丽玉春小峰东强杰林永云辉英艳俊勇金龙芳燕新敏玲涛波荣斌飞梅鹏娟霞萍成刚静宇超庆忠秀立亮德雪光利亚慧生婷佳洪磊宏君清丹祥凤振莉青良学兰民阳兴卫宝江琴锋娜兵瑞美"
    "健旭松爱珍胜凯浩宁正福桂彬琳世洁鑫晶秋长颖冬广洋淑安中家惠剑智维群月义武大欣子星芬晨博昌毅坤继彦莹天山全元思泽进少楠媛贵倩雅朋培雷树香友花雨远翔富雄顺嘉根仁一方锦乐冰喜传雯贤翠朝银"
    "保连虎琦琼梦景威康栋力会琪岩素菊蓉耀克莲宗才先璐鸿彩向启书吉汉珊发跃万哲双铭奇恒兆怡泉勤蕾延帅达森欢士权源凡茂杨高南丰菲炜科玮如虹芝川开绍水巍敬聪政晖芹益薇恩巧娇增鸣然风程昊坚瑜道"
    "凌豪迪运章佩盛治园震孝炳礼升黎田怀占加锐瑶守帆希艺铁承旺妮奎婧珠彪悦扬业京萌祖航钢滨善露叶定娥睿妍茜润茹靖灵诚焕洲骏卓男圣妹柱晋存苗迎昕卿仙信真心锡轩莎彤辰廷苏碧宪柏钦娣钰霖芸臣诗"
    "越捷蓓仲法育显本冠西爽灿容标伦岳柳微尧宾纯自崇尚瑾涵孟征奕曦仕雁笑瑛裕贞煜腾满登均宜曼菁财昆城周潇晴钧修昱石淼应皓逸蕊纪侠勋夭猛相寿湘姣竹梁岚羽夏若鹤太堂炎烨昭舒姗河影婉蔚麟令璇木"
    "贺余亭伯馨婕照盼劲常乃庭前枫琛寅轶功通沛久乾邦绪厚蒙赛珂献斐熙晔宽基理甜斯李硕岭畅渊冲桥桃仪谦圆齐亦钊意舟汝枝镇阿娅原依隆肖韬楚言环陈泰懿夫展寒尔禹营鲁野盈合挺殿弟举姝时贝峥申召祺"
    "品岗冉紫印臻丁梓钟弘化革卉韵人魁峻攀霄尤名战娴格禄代焱起曙初晟津好晗旗儒非筱柯声念咏映妙椒甫铮桐毓无州联婵添果必啸诺沐宸煊语苒芮汐沫柠萱嫦凰囡妞嫒昶琰翊彧喆祎岑澜漪颐霏霓旎珩琮瑄璟"
    "瑀翎翀绮绣纤绫彰骞弈弛煦熹堃垚晞昀晏暄琬琇琏琤瑗瑷嫣嬿婳媚娉婀娆闯狗牛栓锁囤拴桩毛佑年"
)
GIVEN: Final = frozenset(_BY_FREQUENCY)
FIRST_GIVEN: Final = GIVEN | frozenset("有来老二三四五六百千不")
LAST_GIVEN: Final = GIVEN | frozenset("一二三四五六七八九有田娣来")
COMMON_GIVEN: Final = frozenset(_BY_FREQUENCY[:360])
"""Strong enough where nothing but the boundaries of the word speaks for a name."""

ELEMENTS: Final = tuple(
    """
    热依 热依汗 巴雅尔 雅尔 阿不 阿迪 迪力 丽娜 努尔 麦提 加甫 帕夏 扎西 卓玛 次仁 多吉 德吉 央金 尼玛 达娃 索朗 旦增 丹增 白玛 仁青 顿珠 平措 拉姆 才让 洛桑 格桑
    边巴 普布 巴桑 强巴 次旦 曲珍 旺堆 嘉措 桑珠 贡布 措姆 卓嘎 仓决 罗布 加措 吉美 巴姆 晋美 云丹
    阿依 古丽 买买 提艾 艾力 阿卜 杜拉 热合 曼江 木江 吐尔 吐尔逊 买买提 阿布都 阿不都 阿卜杜 热西提
    依不拉音 尔肯 努尔 古丽娜 阿孜 帕提 麦麦提 玉素甫 克孜 买合 木提 哈力 木拉提 别克 哈斯木 塔依尔
    巴特尔 其木格 斯琴 娜仁 乌云 格日勒 图雅 苏日娜 那顺 宝音 阿拉坦 额尔德 朝鲁 哈斯 敖登 萨仁 托娅
    高娃 乌兰 其其格 巴图 孟和 苏和 布和 特木尔 呼格 吉勒图 毕力格 苏德 格根 塔娜 阿木 古楞 达来
    吉克 沙马 马海 阿西 吉木 曲比 阿苦 尔古 吉列 沙呷 木呷 拉呷 阿呷 日火 伍呷 史布 里布 古布 子布 拉体
    """.split()
)
"""Tibetan, Uyghur, Mongolian and Yi; two of them together are a name."""
SYLLABLES: Final = frozenset(
    "阿买提艾力古丽木江热合曼依不拉吐尔逊孜克尼牙祖农哈德汗别麦米日娜帕尔肯努赛甫玉素吾斯迪卡巴沙达萨"
    "布都卜杜拜扎西多吉卓玛次仁旺堆索朗旦增丹白央金拉姆才让洛桑格加措嘎顿珠平罗普贡嘉玛尼娃特其格勒图雅"
    "丽巴库班马义合塔司义汗玉苏甫迪热穆罕默伊布音江苏来曼夏依木热娅玛依莎再娜甫塔吉克依瓦尔罕夏提艾尼吾甫尔帕夏哈力丁吉乌云那顺孟"
)
"""Syllables of names that are written with a middle dot (买买提·艾力)."""
