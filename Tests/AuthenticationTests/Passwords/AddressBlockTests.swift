import Testing

@testable import Authentication

struct AddressBlockTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("unknown", "unknown"), ("", ""),
        ("2001:db8::1", "2001:db8:0:0::/64"), ("2001:db8:0:0:ffff::2", "2001:db8:0:0::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"), ("fe80::1%eth0", "fe80:0:0:0::/64"), ("::1", "0:0:0:0::/64"),
    ])
    func `a client has one IPv4 address, or 64 bits of IPv6`(address: String, block: String) {
        #expect(addressBlock(of: address) == block)
    }
}
