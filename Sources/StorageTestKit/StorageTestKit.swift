// StorageTestKit
