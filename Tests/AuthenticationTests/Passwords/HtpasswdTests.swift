import RegistryCore
import Testing

@testable import Authentication

struct HtpasswdTests {
    /// As `htpasswd -nbB` writes them.
    private let hash = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    private let other = "$2b$10$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"

    @Test func `lines of a name and a hash are users`() {
        let content = Htpasswd("alice:\(hash)\nbob:\(other)\n")
        #expect(content.users == [alice: hash, bob: other])
        #expect(content.complaints.isEmpty)
    }

    @Test func `comments, blank lines and blanks around lines are nothing`() {
        let content = Htpasswd("# users\r\n\r\n  \talice:\(hash) \r\n\n#bob:\(other)\n   # x\n")
        #expect(content.users == [alice: hash])
        #expect(content.complaints.isEmpty)
    }

    @Test func `the last line needs no end, and an empty file has no users`() {
        #expect(Htpasswd("alice:\(hash)").users == [alice: hash])
        #expect(Htpasswd("").users.isEmpty)
        #expect(Htpasswd("").complaints.isEmpty)
    }

    @Test func `what follows a second colon is somebody else's`() {
        #expect(Htpasswd("alice:\(hash):Alice, 2nd floor").users == [alice: hash])
    }

    @Test(arguments: [
        "no colon", "two words:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", ":x", "al/ice:x",
        "carol:", "carol:plaintext", "carol:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "carol:$apr1$salt$qpRTCxcbkhRJ6ScCvBr8A0",
        "carol:$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "carol:$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO",
        "carol:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
        "carol:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWW",
        "carol:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe!",
        "carol:$2y$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "carol:$2y$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "carol:$2y$18$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    ])
    func `other lines are complained about, without what may be a secret`(line: String) throws {
        let content = Htpasswd("alice:\(hash)\n\n\(line)\nbob:\(other)\n")
        #expect(content.users == [alice: hash, bob: other])
        #expect(content.complaints.count == 1)
        let complaint = try #require(content.complaints.first)
        #expect(complaint.hasPrefix("line 3 does not count: "))
        if let secret = line.split(separator: ":").last { #expect(!complaint.contains(secret)) }
    }

    @Test func `of a name's lines the first counts`() {
        let content = Htpasswd("alice:\(hash)\nalice:\(other)\n")
        #expect(content.users == [alice: hash])
        #expect(content.complaints == ["line 2 does not count: alice has an earlier line, which counts"])
    }

    @Test func `the first of a name's lines counts where it is not bcrypt, too`() {
        let content = Htpasswd("alice:$apr1$salt$qpRTCxcbkhRJ6ScCvBr8A0\nalice:\(hash)\n")
        #expect(content.users.isEmpty)
        #expect(content.complaints.count == 2)
    }
}
