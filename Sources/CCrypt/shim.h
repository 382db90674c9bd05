// libxcrypt: hashing passwords as /etc/shadow has them, yescrypt and bcrypt among others (crypt(3), crypt_gensalt(3)).
#pragma once
#include <crypt.h>
