"""Made-up names, and the titles people of each role have."""

from __future__ import annotations

FIRST_NAMES = (
    "Ada", "Amir", "Ana", "Ben", "Carla", "Chen", "Dana", "David", "Elif", "Emma", "Eva", "Farid", "Felix", "Grace", "Hana",
    "Hugo", "Ines", "Ivan", "Jana", "Jonas", "Kai", "Lara", "Lea", "Leo", "Lin", "Luis", "Maja", "Marco", "Maya", "Mei", "Milo",
    "Nadia", "Nils", "Nina", "Noah", "Olga", "Omar", "Paul", "Pia", "Priya", "Rosa", "Ruth", "Sami", "Sara", "Tara", "Theo",
    "Tom", "Uma", "Vera", "Yara", "Yusuf", "Zoe",
)
LAST_NAMES = (
    "Adler", "Alves", "Baker", "Bauer", "Berg", "Bianchi", "Brandt", "Cruz", "Dahl", "Diaz", "Eriksen", "Fischer", "Frost",
    "Garcia", "Gray", "Haas", "Hansen", "Hill", "Ivanov", "Jansen", "Kaya", "Keller", "Khan", "Klein", "Kovac", "Lang",
    "Larsen", "Lopez", "Mayer", "Meier", "Mori", "Moreau", "Nagy", "Novak", "Okafor", "Olsen", "Patel", "Perez", "Petrov",
    "Quinn", "Rao", "Reed", "Rossi", "Roy", "Sato", "Silva", "Singh", "Stone", "Tanaka", "Torres", "Turner", "Vogel", "Wagner",
    "Walsh", "Weber", "Winter", "Wolf", "Wood", "Young", "Zhang",
)
COMPANY_FIRST = (
    "Alder", "Amber", "Arbor", "Aspen", "Beacon", "Birch", "Bluff", "Canyon", "Cedar", "Cliff", "Cobalt", "Copper", "Coral",
    "Crest", "Delta", "Dune", "Ember", "Fern", "Flint", "Forest", "Garnet", "Glacier", "Granite", "Grove", "Harbor", "Hazel",
    "Heron", "Indigo", "Iron", "Jade", "Juniper", "Lake", "Lark", "Laurel", "Linden", "Maple", "Marble", "Meadow", "Mesa",
    "Moss", "Oak", "Onyx", "Opal", "Orchid", "Otter", "Pearl", "Pine", "Prairie", "Quartz", "Raven", "Reed", "Ridge", "River",
    "Rowan", "Saffron", "Sage", "Sierra", "Silver", "Slate", "Spruce", "Summit", "Thistle", "Tidal", "Willow",
)
COMPANY_LAST = (
    "Analytics", "Bank", "Capital", "Care", "Chemicals", "Components", "Consulting", "Devices", "Dynamics", "Energy", "Foods",
    "Freight", "Group", "Health", "Holdings", "Industries", "Instruments", "Insurance", "Labs", "Logistics", "Machines",
    "Manufacturing", "Materials", "Media", "Networks", "Partners", "Power", "Retail", "Services", "Software", "Steel",
    "Studios", "Systems", "Technologies", "Telecom", "Textiles", "Trading", "Transport", "Utilities", "Works",
)

TITLES: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (
        ("VP Operations", "Operations", "VP"),
        ("VP Technology", "Technology", "VP"),
        ("Director of Operations", "Operations", "Director"),
        ("Director of Engineering", "Engineering", "Director"),
        ("Head of Digital", "Digital", "Director"),
        ("General Manager", "General Management", "VP"),
        ("Chief Operating Officer", "Executive", "C-Level"),
    ),
    (
        ("Operations Manager", "Operations", "Manager"),
        ("Engineering Manager", "Engineering", "Manager"),
        ("Analytics Manager", "Data", "Manager"),
        ("Team Lead Digital", "Digital", "Manager"),
        ("Data Platform Manager", "Data", "Manager"),
    ),
    (
        ("Enterprise Architect", "Technology", "Senior"),
        ("Solution Architect", "Engineering", "Senior"),
        ("Project Manager", "Operations", "Senior"),
        ("Principal Consultant", "Strategy", "Senior"),
    ),
    (
        ("Data Analyst", "Data", "Individual Contributor"),
        ("Software Engineer", "Engineering", "Individual Contributor"),
        ("Business Analyst", "Operations", "Individual Contributor"),
        ("Data Engineer", "Data", "Individual Contributor"),
        ("Operations Specialist", "Operations", "Individual Contributor"),
    ),
    (
        ("CFO", "Finance", "C-Level"),
        ("Finance Director", "Finance", "Director"),
        ("Controller", "Finance", "Manager"),
        ("Financial Planning Manager", "Finance", "Manager"),
    ),
    (
        ("Procurement Manager", "Procurement", "Manager"),
        ("Head of Purchasing", "Procurement", "Director"),
        ("Buyer", "Procurement", "Individual Contributor"),
    ),
    (
        ("IT Manager", "IT", "Manager"),
        ("Security Engineer", "Security", "Individual Contributor"),
        ("CISO", "Security", "C-Level"),
        ("Head of IT", "IT", "Director"),
        ("System Administrator", "IT", "Individual Contributor"),
    ),
    (
        ("Researcher", "Research", "Individual Contributor"),
        ("Marketing Coordinator", "Marketing", "Individual Contributor"),
        ("Office Assistant", "Administration", "Entry"),
        ("HR Specialist", "Human Resources", "Individual Contributor"),
        ("Freelancer", "", ""),
    ),
    (("Student", "", "Entry"), ("Working Student", "", "Entry"), ("Intern", "", "Entry")),
)
"""Title, department and seniority: for each of ROLES, then for outsiders and for students. Empty: unknown."""
