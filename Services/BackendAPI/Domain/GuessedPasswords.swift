/// Passwords that guessers try first.
///
/// The list was written for this program from what is publicly known about published leaks: walks over the keyboard, dates,
/// names, teams and the usual changes of "password". It is short, and says so: it stops the first guesses, no dictionary.
enum GuessedPasswords {
  /// In lower case; none is shorter than the shortest password.
  static let all = Set(text.split(whereSeparator: \.isWhitespace).map(String.init))

  /// Whether the password is one of them in any letter case, or one character again and again.
  static func contain(_ password: String) -> Bool {
    let lowered = password.lowercased()
    if lowered.utf8.count <= longestBytes, all.contains(lowered) { return true }
    // Compared byte by byte: a client may send a thousand marks on one letter.
    guard let first = lowered.first.map({ Array($0.utf8) }) else { return false }
    return lowered.utf8.enumerated().allSatisfy { $1 == first[$0 % first.count] }
  }

  /// Also in a longer spelling of Unicode.
  private static let longestBytes = 64

  private static let text = """
    !@#$%^&* !qaz2wsx 00000000 000000000 0000000000 012345678 0123456789 0987654321 1!qaz2@wsx 10101010
    101010101 11111111 111111111 1111111111 11223344 1122334455 112233445566 12121212 121212121 123123123
    123321123 12341234 1234512345 123454321 1234554321 12345678 123456789 1234567890 123456789a 123456789q
    123456789z 12345678a 1234567a 123456aa 123456ab 123456abc 123456qwerty 12345abc 12345qwert 1234abcd
    1234qwer 123654789 123qwe123 123qweasd 147258369 147852369 1478963250 159357456 159753456 19841984
    19861986 19871987 19881988 19891989 19901990 1a2b3c4d 1a2b3c4d5e 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y
    1qaz2wsx 1qaz2wsx3edc 1qaz@wsx 1qazxsw2 20002000 20202020 22222222 258456258 31415926 3141592653
    33333333 420420420 44444444 5201314520 55555555 66666666 69696969 696969696 741852963 77777777
    7777777777 789456123 789456123a 87654321 88888888 963852741 987654321 9876543210 99999999 a1234567
    a12345678 a123456789 a1b2c3d4 a1b2c3d4e5 aa123456 aa12345678 aaa111222 aaaaaaaa aaaaaaaaa abc12345
    abc123456 abc123456789 abc123abc abcabc123 abcd1234 abcd12345 abcdef123 abcdefg1 abcdefgh abcdefghi
    abcdefghij access123 access14 admin123 admin1234 admin12345 admin123456 admin1admin admin@123
    adminadmin administrator alexander alexandra america1 american1 andrew123 angel123 angels123 anthony1
    arsenal1 asd123456 asdf1234 asdfasdf asdfgh123 asdfghjk asdfghjkl ashley123 australia autumn2023
    autumn2024 autumn2025 babyboy1 babygirl babygirl1 babygirl12 banana123 barcelona barcelona1 baseball
    baseball1 basketball basketball1 batman123 beautiful beautiful1 benjamin bigdaddy1 blackberry blessed1
    blink182 blizzard1 brandon1 brittany bubbles1 butterfly butterfly1 california canada123 changeit
    changeme changeme1 changeme123 charlie1 charlie123 chelsea1 chelsea123 chicago1 chocolate chocolate1
    christopher computer computer1 contrasena contraseña cookie123 correcthorse correcthorsebatterystaple
    corvette1 counterstrike cowboys1 crystal1 cupcake1 daniel123 database1 december1 default1 deutschland
    diamond1 dragon123 dragonball eagles123 elizabeth elizabeth1 eminem123 england1 facebook facebook1
    february1 ferrari1 florida1 flower123 football football1 football12 fortnite1 frankfurt freedom1
    gandalf1 garfield1 george123 germany1 ginger123 godisgood golden123 goodluck1 goodmorning google123
    gorgeous1 guest123 guest1234 handsome1 happy123 happyday1 harley123 hello123 hello1234 hello12345
    hellokitty helloworld helloworld1 hockey123 hunter123 ilovegod ilovejesus iloveyou iloveyou1 iloveyou12
    iloveyou123 iloveyou2 internet internet1 iphone123 jackson1 january1 jennifer jennifer1 jessica1
    jesus123 jesuschrist jonathan jordan123 jordan23 juventus1 killer123 lakers24 letmein! letmein1
    letmein123 li123456 linkedin1 liverpool liverpool1 lkjhgfdsa login123 login1234 london123 lovelove
    loveme123 loveyou1 madison1 manchester master123 matrix123 matthew1 mercedes1 metallica michael1
    michael123 mickey123 mickeymouse minecraft minecraft1 mnbvcxz1 monkey12 monkey123 motdepasse mustang1
    mylove123 mypassword mypassword1 myspace1 naruto123 newpassword newyork1 nicholas nintendo1 nirvana1
    november1 onepiece1 orange123 p@$$w0rd p@ssw0rd p@ssword pa$$w0rd pa$$word paris123 pass1234 pass12345
    pass123456 pass@123 passpass passport1 passw0rd passw0rd1 password password! password00 password01
    password1 password1! password11 password12 password123 password1234 password12345 password123456
    password2 password3 password321 password99 password@123 passwords passwort passwort1 patricia patrick1
    patriots1 peaches1 pepper123 pikachu1 pikachu123 playstation poiuytrewq pokemon1 pokemon123 porsche1
    precious1 princess princess1 princess12 princess123 purple123 q123456789 q1w2e3r4 q1w2e3r4t5
    q1w2e3r4t5y6 qazwsx123 qazwsxedc qqqqqqqq qwe123456 qwe123qwe qweasd123 qweasdzxc qwer1234 qwert123
    qwert12345 qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyqwerty qwertyui qwertyuiop
    qwertyuiop123 realmadrid redsox123 richard1 rockstar1 rockyou1 root1234 rootroot samantha samantha1
    samsung1 samsung123 scooby123 scotland1 secret123 secret1234 security1 september september1 server123
    sexygirl1 shadow123 silver123 slipknot1 snoopy123 soccer123 softball1 spiderman spiderman1 spongebob
    spongebob1 spring2023 spring2024 spring2025 startrek1 starwars starwars1 steelers1 stephanie strawberry
    summer2020 summer2021 summer2022 summer2023 summer2024 summer2025 sunshine sunshine1 sunshine12
    superman superman1 superuser sweetheart sweetpea1 temp1234 temppass terminator test1234 test12345
    test123456 tester123 testing1 testing123 testtest thomas123 tigger123 tinkerbell toor1234 topsecret
    topsecret1 trustno1 trustno1! user1234 username1 veronica victoria victoria1 w123456789 wang1234
    warcraft1 welcome! welcome1 welcome12 welcome123 welcome1234 welcome@123 william1
    winter2020 winter2021 winter2022 winter2023 winter2024 winter2025 woaini123 woaini1314 woaini520
    worldofwarcraft xxxxxxxx yankees1 yellow123 youtube1 z123456789 zaq12wsx zaq1zaq1 zhang123 zxc123456
    zxcvbnm, zxcvbnm1 zxcvbnm123 zzzzzzzz
    """
}
