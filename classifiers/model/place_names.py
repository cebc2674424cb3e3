"""Names of provinces and well-known cities: they are never features.

Small places are kept out by where their names occur (see `fit.vocabulary`);
these are in everybody's mouth and need a list. No name begins with another one.
"""

from __future__ import annotations

import re

PATTERN = re.compile(
    "呼和浩特|乌鲁木齐|黑龙江|内蒙古|石家庄|哈尔滨|中山市|张家界|秦皇岛|西湖区|"
    "滨江区|钱塘区|上城区|北京|上海|天津|重庆|河北|山西|辽宁|吉林|江苏|浙江|"
    "安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|"
    "青海|台湾|广西|西藏|宁夏|新疆|香港|澳门|太原|沈阳|长春|南京|杭州|合肥|"
    "福州|南昌|济南|郑州|武汉|长沙|广州|海口|成都|贵阳|昆明|西安|兰州|西宁|"
    "台北|南宁|拉萨|银川|深圳|厦门|宁波|青岛|大连|苏州|无锡|常州|徐州|南通|"
    "扬州|温州|绍兴|嘉兴|湖州|金华|台州|舟山|衢州|丽水|义乌|珠海|佛山|东莞|"
    "惠州|汕头|烟台|潍坊|威海|临沂|洛阳|开封|宜昌|襄阳|黄冈|荆州|孝感|黄石|"
    "株洲|湘潭|衡阳|邵阳|岳阳|常德|益阳|郴州|永州|怀化|娄底|湘西|三亚|绵阳|"
    "遵义|大理|丽江|桂林|柳州|泉州|漳州|芜湖|赣州|九江|唐山|保定|邯郸|大同|"
    "包头|鞍山|余杭|萧山|拱墅|临平|富阳|临安|桐庐|淳安|建德|慈溪|余姚|柯桥|"
    "湾里"
)
