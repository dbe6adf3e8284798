// The kinds of certificate and the short lists of words that may stand on them, Chinese word to code.

export type Kind = "title" | "qualification" | "postdoc";

export const KIND_WORDS: Readonly<Record<Kind, string>> = { title: "职称", qualification: "职业资格", postdoc: "博士后" };

export const KINDS: ReadonlyMap<string, Kind> = new Map(Object.entries(KIND_WORDS).map(([kind, word]) => [word, kind as Kind]));

export const WAYS: ReadonlyMap<string, string> = new Map([
  ["评审", "review"],
  ["考试", "examination"],
  ["考评结合", "exam_plus_review"],
  ["初次认定", "initial_recognition"],
  ["比照认定", "equivalence"],
  ["直通车", "direct_track"],
  ["举荐", "nomination"],
  ["以赛代评", "competition"],
  ["流动确认", "transfer_confirmation"],
  ["职业资格对应职称", "qualification_mapping"],
  ["历史补登", "legacy"],
]);

export const LEVELS: ReadonlyMap<string, string> = new Map([
  ["正高级", "senior"],
  ["副高级", "associate_senior"],
  ["中级", "intermediate"],
  ["初级", "junior"],
  ["助理级", "assistant"],
  ["员级", "technician"],
]);

export const CATEGORIES: ReadonlyMap<string, string> = new Map([
  ["准入类", "access"],
  ["水平评价类", "level"],
]);

export const STATION_KINDS: ReadonlyMap<string, string> = new Map([
  ["博士后科研流动站", "mobile_station"],
  ["博士后科研工作站", "workstation"],
  ["博士后创新实践基地", "practice_base"],
]);

export const CITIZEN_CARD = "居民身份证";

export const ID_TYPES: ReadonlyMap<string, string> = new Map([
  [CITIZEN_CARD, "111"],
  ["军官证", "114"],
  ["护照", "414"],
  ["台湾居民来往大陆通行证", "511"],
  ["港澳居民来往内地通行证", "516"],
  ["外国人永久居留身份证", "553"],
  ["港澳台居民居住证", "residence_permit"],
  ["其他", "999"],
]);
