/** What the page says, in Chinese and English. */

const WORDS = {
  zh: {
    title: "示例钱包", brand: "示例钱包", other: "English",
    sample: "这是示例，不是产品：请勿放入真实证照。",
    heading: "收取证照，出示其中一部分",
    lead: "粘贴链接，或选择二维码的图片。出示之前，您会看到对方是谁、会知道什么。",
    link: "链接", read: "继续", picture: "选择图片",
    footer: "私钥由本浏览器保存且不可导出；清除浏览数据即丢失，需要重新收取。",
    offer: "收取 {title}", from: "发证方", code: "交易码", codeHelp: "显示在发证方页面上，{digits} 位数字",
    count: "份数", countHelp: "每出示给一个新的对象用一份，他们便无法凭副本认出您", take: "收取", cancel: "取消",
    taken: "已收取 {count} 份：{title}",
    request: "{verifier} 想知道", signedBy: "对方的名称来自您信任的证书。不认识对方？请拒绝。",
    tells: "将告知对方", hides: "不告知", always: "无论如何都会告知（副本本身所含）",
    issuer: "发证方", type: "证照类型", made: "副本制作日期", ends: "有效期至", status: "状态编号", key: "公钥", keyHelp: "仅属于这一份副本",
    nothing: "仅证明您持有此证照，不告知任何内容", some: "您去掉了对方要求的内容，对方可能不接受。",
    fresh: "将使用一份未出示给他人的副本。", used: "这份副本曾出示给他人：两者若比对，可认出是同一份。多收取几份可避免。",
    lacking: "您没有符合要求的证照", optional: "可选：一并出示", show: "出示", decline: "拒绝",
    shown: "已告知 {verifier}", declined: "已拒绝，对方什么也没有得到", goOn: "返回 {host}", ok: "好",
    held: "我的证照", none: "还没有证照。", copies: "{count} 份副本，{fresh} 份未出示过", details: "查看内容", remove: "从钱包删除", sure: "确认删除？此操作不可撤销",
    told: "告知记录", toldNone: "还没有告知过任何人。", item: "{verifier}：{items}", bare: "只证明持有",
    trouble: "未能完成：{why}", unknown: "这不是收取或出示的链接",
    faults: {
      "the transaction code is wrong": "交易码不对",
      "the code opens nothing, or nothing any more": "这份邀请已失效，请在发证方页面重新生成",
      slow_down: "尝试太频繁，请一分钟后再试",
      temporarily_unavailable: "对方暂时无法处理，请稍后再试",
      "no-offer": "这个链接不通向可以收取的证照",
      "this link leads to no request": "这个链接不通向任何请求",
      "the request is not signed by a verifier that this wallet trusts": "请求方没有您信任的证书，什么也没有告知对方",
      "the request is another's, an old one, or not for this wallet": "这个请求已过期，或不是发给您的",
      "the verifier's name is not that of its certificate": "请求方的名称与其证书不符，什么也没有告知对方",
      "the request asks for nothing that this wallet understands": "看不懂这个请求要什么",
      "no-code": "图片中没有找到二维码",
      "not-a-picture": "这不是图片",
    },
  },
  en: {
    title: "Example wallet", brand: "Example wallet", other: "中文",
    sample: "This is an example and not a product: put no real licence into it.",
    heading: "Take a licence, show a part of it",
    lead: "Paste a link, or choose a picture of its code. Before anything is shown you see who asks and what they will be told.",
    link: "Link", read: "Go on", picture: "Choose a picture",
    footer: "Private keys stay in this browser and cannot be exported; clearing the browser's data loses them, and the licence is taken anew.",
    offer: "Take: {title}", from: "Issuer", code: "Transaction code", codeHelp: "on the issuer's page, {digits} digits",
    count: "Copies", countHelp: "one for each new party, so that none can recognise you by the copy", take: "Take", cancel: "Cancel",
    taken: "Taken, {count} copies: {title}",
    request: "{verifier} wants to know", signedBy: "The name is from a certificate that you trust. You do not know them? Decline.",
    tells: "They will be told", hides: "They will not be told", always: "In any case, since every copy says it",
    issuer: "Issuer", type: "Type", made: "Copy made on", ends: "Valid until", status: "Status entry", key: "Public key", keyHelp: "of this one copy alone",
    nothing: "Only that you hold this licence, nothing of what it says", some: "You took away something they asked for: they may not accept it.",
    fresh: "A copy that nobody else has seen will be used.", used: "This copy was shown to somebody else: if the two compare, they see that it is one. Taking more copies avoids that.",
    lacking: "You have no licence that fits", optional: "Optional: show this too", show: "Show", decline: "Decline",
    shown: "{verifier} was told", declined: "Declined: they were told nothing", goOn: "Back to {host}", ok: "OK",
    held: "My licences", none: "No licence yet.", copies: "{count} copies, {fresh} never shown", details: "What it says", remove: "Delete from the wallet", sure: "Delete? This cannot be undone",
    told: "What was told to whom", toldNone: "Nobody was told anything yet.", item: "{verifier}: {items}", bare: "only that it is held",
    trouble: "Not done: {why}", unknown: "this is no link to take or show anything",
    faults: {
      slow_down: "too many tries; try again in a minute",
      temporarily_unavailable: "the other side cannot do it now; try again later",
      "no-offer": "this link leads to no licence that can be taken",
      "no-code": "there is no code in this picture",
      "not-a-picture": "this is no picture",
    },
  },
};

export let lang = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

export const t = (name, values = {}) => WORDS[lang][name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

/** What went wrong, in words of this language where there are any. */
export const fault = (why) => WORDS[lang].faults[why] ?? why;

/** The word in this language, of a pair such as {zh, en}. */
export const said = (pair, otherwise = "") => pair?.[lang] ?? pair?.en ?? otherwise;

export function switchLanguage() {
  lang = lang === "zh" ? "en" : "zh";
}
