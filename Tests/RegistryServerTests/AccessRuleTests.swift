import RegistryHTTP
import Testing

@testable import RegistryServer

struct AccessRuleTests {
    @Test(arguments: ["0.0.0.0:5000", "[::]:443", "192.168.1.1:80", "registry.example.com:443"])
    func `beyond loopback takes an explicit word`(_ address: String) throws {
        let refused = problems("http: { listen: [\"\(address)\"] }")
        #expect(refused.count == 1)
        #expect(refused.first?.contains("access.anonymous: push") == true)
        #expect(try settings("http: { listen: [\"\(address)\"] }\naccess: { anonymous: push }").anonymousPush)
    }

    @Test(arguments: ["none", "pull"])
    func `access control is not in this release`(_ word: String) {
        let refused = problems("access: { anonymous: \(word) }")
        #expect(refused.count == 1)
        #expect(refused.first?.contains("not in this release") == true)
    }

    @Test func `the rule holds for addresses from the command line`() {
        #expect(throws: ConfigurationError.self) { try settings(listen: ["0.0.0.0:5000"]) }
        #expect(throws: Never.self) { try settings(listen: ["0.0.0.0:5000"], set: ["access.anonymous=push"]) }
    }

    @Test func `forwarded requests are refused until somebody says who may come`() throws {
        #expect(try settings().httpSettings().refusesForwarded)
        #expect(try settings("data: /x").httpSettings().refusesForwarded)
        #expect(try !settings("access: { anonymous: push }").httpSettings().refusesForwarded)
    }
}
