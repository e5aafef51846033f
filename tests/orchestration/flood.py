"""A stranger at the door, as a process of its own: threads that try to log in as fast as they are answered.

Prints how each answer's status was met, as JSON. Knows nothing of the product but its form.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import threading
import time
from collections import Counter
from urllib.parse import urlencode


def guess(port: int, source: str, until: float, met: Counter[str], number: int) -> None:
    """Try one id after the other until the time is over; none of those who come meanwhile, since five failures lock an id."""
    tried = 0
    while time.monotonic() < until:
        wire = http.client.HTTPConnection("127.0.0.1", port, 10, source_address=(source, 0))
        try:
            wire.request("GET", "/login", headers={"accept": "text/html"})
            page = wire.getresponse()
            cookie = str(page.getheader("set-cookie")).partition(";")[0]
            found = re.search(r'name="csrf" value="([^"]+)"', page.read().decode())
            csrf = "" if found is None else found[1]
            while time.monotonic() < until:
                tried += 1
                fields = {
                    "csrf": csrf,
                    "staff_id": f"guess{tried % 9}",
                    "password": f"guess {number} {tried}",
                }
                headers = {
                    "content-type": "application/x-www-form-urlencoded", "accept": "text/html", "cookie": cookie,
                    "origin": f"http://127.0.0.1:{port}",
                }  # fmt: skip
                wire.request("POST", "/login", urlencode(fields), headers)
                answer = wire.getresponse()
                answer.read()
                met[str(answer.status)] += 1
        except (OSError, http.client.HTTPException) as error:
            met[type(error).__name__] += 1
            time.sleep(0.05)
        finally:
            wire.close()


def main(port: int, source: str, threads: int, seconds: float) -> None:
    """Try with that many threads for that long."""
    met: Counter[str] = Counter()
    until = time.monotonic() + seconds
    crowd = [
        threading.Thread(target=guess, args=(port, source, until, met, n)) for n in range(threads)
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    print(json.dumps(met))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
