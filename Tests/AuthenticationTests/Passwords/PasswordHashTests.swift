import RegistryCore
import Testing

@testable import Authentication

struct PasswordHashTests {
    @Test func `a new hash is yescrypt, another one each time, and matches its password alone`() throws {
        let hash = try PasswordHash.make("pässword")
        #expect(hash.hasPrefix("$y$"))
        #expect(try PasswordHash.make("pässword") != hash)
        #expect(PasswordHash.matches("pässword", hash))
        #expect(!PasswordHash.matches("pässwort", hash))
        #expect(!PasswordHash.matches("", hash))
    }

    /// From crypt_blowfish's self-test, and as `openssl passwd -5` and `-6` have them.
    @Test(arguments: [
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
        (
            "Hello world!",
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
        ),
    ])
    func `hashes of others match`(password: String, hash: String) {
        #expect(PasswordHash.matches(password, hash))
        #expect(!PasswordHash.matches(password + "x", hash))
    }

    /// MD5, DES.
    @Test(arguments: ["$1$saltstri", "ab"])
    func `what crypt takes for a password is none where the scheme is too old`(setting: String) throws {
        let hash = String(decoding: try #require(Crypt.hash("secret", setting)), as: UTF8.self)
        #expect(!PasswordHash.matches("secret", hash))
    }

    @Test(arguments: [
        ("secret", "secret"), ("", ""), ("*0", "*0"), ("*1", "*0"), ("x", "*"), ("", "$2y$"), ("x", "$y$j9T$"),
        ("x", "$2y$05$short"), ("x", "$unknown$x"), ("x", "!"),
    ])
    func `what is no hash has no password`(password: String, hash: String) {
        #expect(!PasswordHash.matches(password, hash))
    }

    @Test func `a NUL byte does not end a password`() {
        #expect(!PasswordHash.matches("right\0", rightHash))
        #expect(!PasswordHash.matches("right\0x", rightHash))
        #expect(throws: RegistryError.self) { try PasswordHash.make("right\0x") }
    }

    @Test func `the longest password has 511 bytes`() throws {
        let longest = String(repeating: "x", count: PasswordHash.longestPassword)
        #expect(PasswordHash.matches(longest, try PasswordHash.make(longest)))
        let error = #expect(throws: RegistryError.self) { try PasswordHash.make(longest + "x") }
        #expect(error?.code == .requestInvalid)
        // bcrypt does not look so far.
        let hash = cheapHash(longest)
        #expect(PasswordHash.matches(longest, hash))
        #expect(!PasswordHash.matches(longest + "x", hash))
        #expect(!PasswordHash.matches(String(repeating: "x", count: 100_000), hash))
    }

    @Test func `there is no hash of an empty password`() {
        let error = #expect(throws: RegistryError.self) { try PasswordHash.make("") }
        #expect(error?.code == .requestInvalid)
    }
}

struct KeyedHashTests {
    @Test func `the fields count, and where one ends`() throws {
        let keyed = KeyedHash()
        #expect(try keyed("ab", "c") == keyed("ab", "c"))
        #expect(try keyed("ab", "c").count == 32)
        let all = [
            try keyed("ab", "c"), try keyed("a", "bc"), try keyed("abc"), try keyed("abc", ""), try keyed("", "abc"),
        ]
        #expect(Set(all).count == all.count)
    }

    @Test func `each has a key of its own`() throws {
        #expect(try KeyedHash()("a") != KeyedHash()("a"))
    }
}
