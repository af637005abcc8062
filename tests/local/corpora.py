"""Small bodies of text, with natural questions and the passage that answers each."""

ENGLISH = {
    "vacation": (
        "Full-time employees earn twenty-five days of paid vacation per calendar year. Up to five"
        " unused days may be carried over and must be taken before the end of March. Requests go to"
        " the line manager at least two weeks in advance."
    ),
    "expenses": (
        "Travel expenses are refunded within ten working days once receipts have been uploaded to"
        " the finance portal. Meals are covered up to forty euros a day; alcohol is never refunded."
        " Flights above eight hundred euros need approval beforehand."
    ),
    "password": (
        "To reset a forgotten password, open the sign-in page and choose 'Forgot password'. A link"
        " valid for thirty minutes is mailed to you. After five failed attempts the account is"
        " locked and only the help desk can unlock it."
    ),
    "backup": (
        "The database is backed up every night at 02:00 to a second data centre. Backups are kept"
        " for ninety days and encrypted with AES-256. A restore drill takes place once a quarter."
    ),
    "remote": (
        "Working from home is possible on up to three days a week after the probation period. The"
        " company pays for a chair and a monitor; the internet connection is the employee's own."
    ),
    "security": (
        "Report phishing mails with the button in the mail program. Never open attachments from"
        " unknown senders, and never tell anybody your one-time code, not even a colleague from IT."
    ),
    "onboarding": (
        "On the first day new colleagues receive a laptop, a badge and a mentor. The mentor shows"
        " them around the building and answers questions during the first three months."
    ),
    "parking": (
        "Bicycles are parked in the yard behind building B. Car spaces in the underground garage"
        " are limited and are given out by lottery every January; electric cars charge for free."
    ),
    "vectors": (
        "A vector database stores embeddings, lists of numbers that stand for the meaning of a"
        " text. Approximate nearest neighbour indexes such as HNSW find similar vectors without"
        " comparing every entry."
    ),
    "coffee": (
        "The coffee machine on the fourth floor is descaled every Friday by whoever used it last."
        " Milk belongs in the refrigerator; oat milk is ordered on Tuesdays."
    ),
    "printer": (
        "The printer on the second floor accepts badges. If paper jams, open tray two, remove the"
        " sheet in the direction of the arrow and close the tray again until it clicks."
    ),
    "insurance": (
        "The company health insurance covers dental treatment up to one thousand euros a year and"
        " glasses every second year. Children can be insured with their parents at no extra cost."
    ),
}

ENGLISH_QUESTIONS = {
    "How many vacation days do I get per year?": "vacation",
    "Can I carry over unused days to next year?": "vacation",
    "When will my travel expenses be refunded?": "expenses",
    "Who has to approve an expensive flight?": "expenses",
    "I forgot my password, what should I do?": "password",
    "Why is my account locked?": "password",
    "How long are database backups kept?": "backup",
    "May I work from home?": "remote",
    "What do I do with a suspicious attachment from an unknown sender?": "security",
    "What does a new colleague receive on the first day?": "onboarding",
    "Where can I park my bicycle?": "parking",
    "How does a vector database find similar texts?": "vectors",
    "How do I fix a paper jam in the printer?": "printer",
    "Is dental treatment insured?": "insurance",
    "When was the coffee machine last descaled?": "coffee",
}

ENGLISH_NONSENSE = [
    "Which volcano erupted on Iceland?",
    "Who composed the ninth symphony?",
    "What is the boiling point of ethanol?",
    "qwzx vbnmk plorf",
    "How tall are adult giraffes?",
]

CHINESE = {
    "vacation": (
        "正式员工每年享有十五天带薪年假。未休完的年假最多可以顺延五天，须在次年三月底之前使用。"
        "请假需提前两周向直属主管提出申请。"
    ),
    "expenses": (
        "差旅费用在上传发票后十个工作日内报销。每日餐费上限为二百元，酒水不予报销。"
        "单程机票超过五千元须事先获得批准。"
    ),
    "password": (
        "忘记密码时，请在登录页面点击“忘记密码”，系统会发送一封三十分钟内有效的重置邮件。"
        "连续输错五次后账户将被锁定，只有服务台可以解锁。"
    ),
    "backup": (
        "数据库每天凌晨两点自动备份到异地机房，备份保留九十天并采用加密存储。"
        "每季度进行一次恢复演练。"
    ),
    "remote": (
        "试用期结束后，员工每周最多可以居家办公三天。公司提供显示器和座椅，网络费用由员工自行承担。"
    ),
    "security": (
        "收到可疑邮件请点击举报按钮。不要打开陌生人发来的附件，也不要把验证码告诉任何人。"
    ),
    "onboarding": (
        "新员工入职当天会领取笔记本电脑、工牌，"
        "并由一位导师带领熟悉办公环境，导师负责解答头三个月的问题。"
    ),
    "parking": (
        "自行车停放在二号楼后面的院子里。地下车库车位有限，每年一月摇号分配，电动汽车可免费充电。"
    ),
    "vectors": (
        "向量数据库存储文本的嵌入向量，通过近似最近邻索引快速找到语义相似的内容，而不必逐条比较。"
    ),
    "rag": (
        "检索增强生成先从知识库中检索相关片段，再让大语言模型根据这些片段回答问题，"
        "从而减少幻觉并给出引用来源。"
    ),
    "tea": ("绿茶宜用八十度左右的水冲泡，时间不超过两分钟，否则口感苦涩。红茶则适合用沸水。"),
    "insurance": "公司医疗保险每年报销牙科治疗费用最高五千元，子女可随父母免费参保。",
}

CHINESE_QUESTIONS = {
    "每年有多少天年假？": "vacation",
    "没休完的年假可以顺延吗？": "vacation",
    "差旅费用多久可以报销？": "expenses",
    "买机票需要谁批准？": "expenses",
    "忘记密码了怎么办？": "password",
    "账户为什么被锁定了？": "password",
    "数据库的备份保留多少天？": "backup",
    "每周可以居家办公几天？": "remote",
    "收到陌生人的附件应该怎么处理？": "security",
    "新员工入职第一天会领到什么？": "onboarding",
    "自行车应该停在哪里？": "parking",
    "什么是向量数据库？": "vectors",
    "检索增强生成如何减少幻觉？": "rag",
    "泡绿茶用多少度的水？": "tea",
    "牙科治疗可以报销吗？": "insurance",
}

CHINESE_NONSENSE = [
    "长颈鹿一般能活多久？",
    "谁创作了第九交响曲？",
    "冰岛哪座火山最近喷发？",
    "乙醇的沸点是多少？",
]
