import Testing

@testable import RegistryServer

struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:5000", "127.0.0.1", 5000, true), ("[::]:443", "::", 443, false),
        ("localhost:0", "localhost", 0, true),
        ("[::1]:65535", "::1", 65535, true), ("127.9.9.9:1", "127.9.9.9", 1, true),
        ("0.0.0.0:80", "0.0.0.0", 80, false),
        ("registry.example.com:443", "registry.example.com", 443, false),
        ("[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", 1, true), ("[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", 1, false),
        ("localhost.evil.example:1", "localhost.evil.example", 1, false),
    ])
    func `an address is a host and a port`(_ text: String, _ host: String, _ port: Int, _ isLoopback: Bool) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.isLoopback == isLoopback)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", "5000", ":5000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:http", "::1:5000",
        "[::1:5000", "[localhost]:5000", "[::1]", "a b:1", "http://x:1", "127.0.0.1:+1",
    ])
    func `anything else is not`(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
