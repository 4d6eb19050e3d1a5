"""Invented people's names by language; in scripts other than Latin each name comes with its Latin spelling."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """First and last names, each `native` or `native=latin`."""

    first: tuple[str, ...]
    last: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAMES: dict[str, Names] = {
    "en": Names(
        _words(
            "Aroha Hēmi Mere Wiremu Anahera Nikau Olivia Jack Charlotte Thomas Isla Oliver Amelia George Sophie Liam "
            "Ruby Noah Grace Henry Ella Samuel Zoe Daniel Hannah Luke Molly Ethan Lucy Jacob Priya Arjun Talia Marcus"
        ),
        _words(
            "Ngata Tamihana Parata Walker Thompson Fraser Hughes MacLeod Bennett Clarke Sullivan Reid Marsh Campbell "
            "Turner Douglas Hayes Morgan Palmer Quinn Ross Sinclair Vaughan Whitaker Young O’Brien Fletcher Patel "
            "Grant Holloway"
        ),
    ),
    "de": Names(
        _words(
            "Anna Lukas Lena Felix Johanna Jonas Marie Paul Clara Maximilian Greta Moritz Ida Jakob Frieda Emil "
            "Katharina Sebastian Jürgen Ute Björn Käthe"
        ),
        _words(
            "Müller Schäfer Weber Hofmann Koch Bauer Richter Klein Wolf Neumann Schwarz Zimmermann Krüger Lange "
            "Vogel Böhm Jäger Großmann Winkler Hübner"
        ),
    ),
    "fr": Names(
        _words(
            "Camille Léa Hugo Chloé Louis Manon Jules Inès Arthur Zoé Gabriel Élise Théo Juliette Mathis Amélie "
            "François Noémie Benoît Margaux"
        ),
        _words(
            "Martin Lefèvre Moreau Girard Bonnet Dupont Rousseau Fontaine Chevalier Garnier Perrin Lemoine Marchand "
            "Gauthier Beaulieu Côté Tremblay Gagnon"
        ),
    ),
    "es": Names(
        _words(
            "Lucía Mateo Sofía Hugo Martina Alejandro Valentina Pablo Carmen Diego Elena Javier Inés Andrés Camila "
            "Nicolás Ximena Tomás Begoña Íñigo"
        ),
        _words(
            "García Fernández López Martínez Sánchez Gómez Ruiz Moreno Álvarez Romero Navarro Torres Domínguez Ramos "
            "Castillo Ortega Peña Ibáñez Muñoz Rojas"
        ),
    ),
    "pt-BR": Names(
        _words("Ana João Beatriz Lucas Mariana Gabriel Larissa Rafael Letícia Thiago Camila Bruno Júlia Otávio"),
        _words("Silva Souza Oliveira Pereira Carvalho Almeida Ribeiro Araújo Barbosa Rocha Moura Teixeira"),
    ),
    "ru": Names(
        _words(
            "Анна=Anna Дмитрий=Dmitri Мария=Maria Алексей=Alexei Елена=Elena Сергей=Sergei Ольга=Olga Иван=Ivan "
            "Наталья=Natalia Михаил=Mikhail Татьяна=Tatiana Павел=Pavel Ксения=Ksenia Артём=Artyom Дарья=Daria "
            "Никита=Nikita Айгерим=Aigerim Тимур=Timur"
        ),
        _words(
            "Ким=Kim Левченко=Levchenko Шевчук=Shevchuk Ткаченко=Tkachenko Мороз=Moroz Бондарь=Bondar Гончар=Gonchar "
            "Коваль=Koval Мельник=Melnik Лысенко=Lysenko Черных=Chernykh Дорош=Dorosh Савченко=Savchenko "
            "Белых=Belykh Шульц=Schulz Нестеренко=Nesterenko"
        ),
    ),
    "ar": Names(
        _words(
            "ليلى=Layla عمر=Omar نور=Nour يوسف=Youssef مريم=Maryam كريم=Karim سلمى=Salma طارق=Tarek هدى=Huda "
            "خالد=Khaled رنا=Rana سامر=Samer دانة=Dana زياد=Ziad فرح=Farah باسل=Basel"
        ),
        _words(
            "حداد=Haddad منصور=Mansour خليل=Khalil الشامي=Alshami عبدالله=Abdallah ناصر=Nasser سالم=Salem "
            "القاسمي=Alqasimi رزق=Rizk فارس=Fares بركات=Barakat العلي=Alali صباغ=Sabbagh درويش=Darwish"
        ),
    ),
    "ja": Names(
        _words(
            "陽菜=Hina 蓮=Ren 結衣=Yui 大翔=Hiroto 美咲=Misaki 悠真=Yuma さくら=Sakura 翔太=Shota 葵=Aoi 拓海=Takumi "
            "凛=Rin 健太=Kenta 千尋=Chihiro 直樹=Naoki 恵=Megumi 亮=Ryo"
        ),
        _words(
            "佐藤=Sato 鈴木=Suzuki 高橋=Takahashi 田中=Tanaka 渡辺=Watanabe 伊藤=Ito 山本=Yamamoto 中村=Nakamura "
            "小林=Kobayashi 加藤=Kato 吉田=Yoshida 山田=Yamada 松本=Matsumoto 井上=Inoue 木村=Kimura 森=Mori"
        ),
    ),
    "zh-Hans": Names(
        _words(
            "子涵=Zihan 浩然=Haoran 欣怡=Xinyi 宇轩=Yuxuan 诗涵=Shihan 俊杰=Junjie 雨桐=Yutong 嘉豪=Jiahao 思远=Siyuan "
            "梦琪=Mengqi 文博=Wenbo 佳慧=Jiahui"
        ),
        _words(
            "王=Wang 李=Li 张=Zhang 刘=Liu 陈=Chen 杨=Yang 黄=Huang 赵=Zhao 吴=Wu 周=Zhou 徐=Xu 孙=Sun 林=Lin 郭=Guo"
        ),
    ),
    "ko": Names(
        _words("서연=Seoyeon 민준=Minjun 지우=Jiwoo 도윤=Doyun 하은=Haeun 예준=Yejun 수아=Sua 지호=Jiho"),
        _words("김=Kim 이=Lee 박=Park 최=Choi 정=Jung 강=Kang 조=Cho 윤=Yoon 장=Jang 한=Han"),
    ),
}
