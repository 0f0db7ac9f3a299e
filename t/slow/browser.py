#!/usr/bin/python3
# browser.py ADDR DIR SCREENS [AXE] - two people in two browsers, on two nodes behind nginx at ADDR, do all that the page is for.
# DIR: the stack's. SCREENS: where pictures go. AXE: axe.min.js. Prints TAP without a plan.
import os, signal, subprocess, sys, time, traceback

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from tap import same, say  # noqa: E402

addr, dir_, screens = sys.argv[1:4]
axe = open(sys.argv[4]).read() if len(sys.argv) > 4 else None
HOSTILE = ['<img src=x onerror=alert(1)>', '</div><script>alert(2)</script>', '&lt;b&gt; &amp; "quotes" \'and\' `ticks`', 'a\u202eesrever\u2066 bidi',
           'مرحبا بالعالم with English', '😀👩‍👩‍👧‍👦🏳️‍🌈', 'javascript:alert(3) https://example.org/?a=1&b=<i>', '\u0301\u0301\u0301 marks', 'x' * 16384]


def sql(text):
    return subprocess.run(['psql', '-XAtq', '-c', text], check=True, capture_output=True, text=True).stdout.strip()


def node(name, verb):
    subprocess.run(['t/stack', 'node', dir_, name, verb], check=True, stdin=subprocess.DEVNULL)


class Person:
    def __init__(self, name, width, height, phone=False):
        o = webdriver.ChromeOptions()
        o.binary_location = '/usr/bin/chromium'
        for a in ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--lang=en-US', '--disable-background-networking'):
            o.add_argument(a)
        o.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
        self.d = webdriver.Chrome(service=Service('/usr/bin/chromedriver'), options=o)
        self.d.set_page_load_timeout(60)
        self.d.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': phone})
        self.name, self.size = name, f'{width}x{height}'

    def js(self, script, *args):
        return self.d.execute_script(script, *args)

    def one(self, css):
        return self.d.find_element(By.CSS_SELECTOR, css)

    def eventually(self, what, sentence, seconds=20):
        end, got = time.monotonic() + seconds, None
        while time.monotonic() < end:
            try:
                got = what()
                if got:
                    return say(True, sentence)
            except Exception as e:
                got = e
            time.sleep(0.05)
        self.d.save_screenshot(f'{dir_}/red-{self.name}.png')
        say(False, sentence, f'{got!r}; see {dir_}/red-{self.name}.png')

    def sees(self, css, text, sentence, seconds=20):
        self.eventually(lambda: self.js('return [...document.querySelectorAll(arguments[0])].some(e => e.checkVisibility() && e.textContent.includes(arguments[1]))', css, text), sentence, seconds)

    def texts(self):
        return self.js("return [...document.querySelectorAll('#log .words')].map(e => e.textContent)")

    def press(self, css, text=''):
        """The first that can be seen and has that text."""
        end = time.monotonic() + 15
        while not self.js('''const e = [...document.querySelectorAll(arguments[0])].find(e => e.checkVisibility() && e.textContent.includes(arguments[1]));
                e?.click(); return Boolean(e);''', css, text):
            if time.monotonic() > end:
                raise TimeoutError(f'{self.name}: no {css} with {text}')
            time.sleep(0.05)

    def fill(self, css, text):
        e = self.one(css)
        e.clear()
        e.send_keys(text)

    def paste(self, text):
        """Into the line, as a paste would: keys know the BMP only."""
        self.js("const e = document.getElementById('text'); e.value = arguments[0]; e.dispatchEvent(new Event('input', {bubbles: true})); e.focus()", text)

    def write(self, text):
        self.paste(text)
        self.one('#text').send_keys(Keys.ENTER)

    def find(self, text):
        self.js("document.getElementById('back').checkVisibility() && document.getElementById('back').click()")
        self.fill('#find', text)

    def talk_to(self, name):
        self.find('')
        self.js("document.getElementById('find').dispatchEvent(new Event('input', {bubbles: true}))")
        self.press('#people .row', name)
        self.eventually(lambda: name in self.one('#with').text, f'{self.name} opens {name[:30]}')

    def node(self):
        return sql(f"select node from chat.session_list where name = $q${self.name}$q$")

    def picture(self, name, dark=False):
        self.d.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [{'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}]})
        self.d.save_screenshot(f'{screens}/{name}.png')

    def check_access(self, where):
        if axe is None:
            return
        for scheme in ('light', 'dark'):
            self.d.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [{'name': 'prefers-color-scheme', 'value': scheme}]})
            self.js(axe + '; window.axe = axe;')
            bad = self.d.execute_async_script('''axe.run().then(r => arguments[0](r.violations.map(v => [v.id, v.help, v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).slice(0, 3)])))''')
            same(bad, [], f'axe finds nothing wrong with {where}, {scheme}, {self.size}')

    def fits(self):
        same(self.js("return [...document.querySelectorAll('#side, #talk, #banner, #people .row, .bubble, dialog')].filter(e => { const r = e.getBoundingClientRect(); return r.left < 0 || r.right > innerWidth; }).length"),
             0, f'nothing sticks out at {self.size}')

    def complaints(self):
        """What the console says beside the failures to connect that this test brings about."""
        return [e['message'] for e in self.d.get_log('browser') if e['level'] in ('SEVERE', 'WARNING') and 'WebSocket connection to' not in e['message'] and 'net::ERR_CONNECTION' not in e['message']]


def first_load(p):
    p.d.execute_cdp_cmd('Network.enable', {})
    p.d.execute_cdp_cmd('Network.emulateNetworkConditions', {'offline': False, 'latency': 300, 'downloadThroughput': 50000, 'uploadThroughput': 20000})
    p.d.get(f'http://{addr}/')
    p.eventually(lambda: p.one('#enter [name=name]').is_displayed(), 'over a slow network (300 ms, 50 KB/s) the page is there soon', 15)
    got = p.js('''return performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).map(e => [e.name, e.transferSize])''')
    total = sum(size for _, size in got)
    print(f'# first load: {total} bytes in {len(got)} requests', flush=True)
    say(10000 < total <= 60 * 1024, 'the first load is at most 60 KB', got)
    same([name for name, _ in got if not name.startswith(f'http://{addr}/')], [], 'and asks nobody else')
    p.d.execute_cdp_cmd('Network.emulateNetworkConditions', {'offline': False, 'latency': 0, 'downloadThroughput': -1, 'uploadThroughput': -1})
    same(sql('select count(*) from chat.session_list'), '0', 'nobody is logged in by looking at it')


def register(p):
    p.press('#other-way')
    p.fill('[name=name]', p.name)
    p.fill('[name=password]', 'short')
    p.press('#enter button.main')
    say(p.one('#door').is_displayed(), 'a short password is not taken')
    p.fill('[name=password]', 'a-good-password')
    p.press('#enter button.main')
    p.sees('#myself', p.name, f'{p.name} registers and is in')


def befriend(a, b):
    a.find(b.name)
    a.sees('#people .row', f'Chat with', f'{a.name} finds nobody of that name yet')
    a.press('#people .row', b.name)
    a.eventually(lambda: b.name in a.one('#with').text, 'and talks to the stranger')
    b.sees('#people .heading', 'They have added you', f'{b.name} is asked')
    b.press('#people .row', a.name)
    b.eventually(lambda: a.name in b.one('#with').text, 'and adds back')
    a.sees('#how', 'online', 'now they see each other online')
    a.find('no such person')
    a.press('#people .row', 'no such person')
    a.sees('#people .wrong', 'no such user', 'who does not exist is not found')
    a.talk_to(b.name)


def converse(a, b):
    for text in HOSTILE:
        a.write(text)
    b.eventually(lambda: b.texts() == HOSTILE, f'{len(HOSTILE)} hostile texts are shown as they were written')
    same(b.js("return document.querySelectorAll('#log img, #log script, #log b, #log i').length"), 0, 'as text, not as markup')
    same(b.js("return [...document.querySelectorAll('#log a')].map(a => [a.href, a.rel])"), [['https://example.org/?a=1&b=', 'noopener noreferrer']], 'only a web address is a link')
    a.eventually(lambda: a.js("return document.querySelectorAll('#log .tick.read').length") == len(HOSTILE), 'each is marked as read')
    b.paste('I am wri')
    a.sees('#typing', f'{b.name} is typing', 'who writes is seen to')
    b.write(f'line one\nline two for @{a.name}')
    a.sees('#log mark', f'@{a.name}', 'a mention stands out')
    same(a.texts()[-1], f'line one\nline two for @{a.name}', 'a text may have lines')


def group(a, b):
    name = '<script>team</script> & co'
    a.press('#new-group')
    a.fill('dialog [name=name]', name)
    a.fill('dialog [name=description]', 'where we plan things')
    a.press('dialog button.main')
    a.eventually(lambda: a.one('#with').text == name, 'a group is made')
    b.find('team')
    b.press('#people .row', name)
    b.eventually(lambda: b.one('#with').text == name, 'found by typing, and joined')
    a.sees('#log .event', f'{b.name} joined', 'which is told')
    b.write('hello team')
    a.sees('#log .words', 'hello team', 'the group hears')
    a.press('#about')
    a.sees('dialog .members', b.name, 'its members are listed')
    a.check_access('a dialog')
    a.press('dialog .members button', 'Make admin')
    a.sees('dialog .members', f'{b.name} · admin', 'one becomes an admin')
    a.js("document.getElementById('dialog').close()")
    b.sees('#log .event', f'{a.name} made {b.name} admin', 'which is told, too')


def unread(a, b):
    a.talk_to(b.name)
    b.write('are you there?')
    a.sees('#people .row .count', '1', 'what is said elsewhere is counted')
    a.eventually(lambda: a.d.title == '(1) chatd', 'in the title, too')
    a.talk_to('team')
    a.eventually(lambda: a.d.title == 'chatd', 'until it is looked at')
    a.talk_to(b.name)
    b.talk_to(a.name)


def offline(a, b):
    node('nginx', 'stop')
    a.sees('#banner', 'No connection', 'without a network the page says so')
    for i in range(3):
        a.write(f'written offline {i}')
    a.eventually(lambda: a.js("return document.querySelectorAll('#log .waiting').length") == 3, 'what is written waits')
    a.paste('half a line')
    node('nginx', 'start')
    b.eventually(lambda: [t for t in b.texts() if 'offline' in t] == [f'written offline {i}' for i in range(3)], 'it is sent when the network is back, in order', 45)
    a.eventually(lambda: not a.one('#banner').is_displayed(), 'the banner goes')
    same(sql("select count(*), count(distinct cid) from chat.messages where body like 'written offline%'"), '3|3', 'each once')
    same(a.one('#text').get_attribute('value'), 'half a line', 'a typed line is kept')
    a.d.refresh()
    a.eventually(lambda: a.one('#with').text == b.name, 'a reload stays logged in, and where it was')
    a.eventually(lambda: [t for t in a.texts() if 'offline' in t] == [f'written offline {i}' for i in range(3)], 'with all that was said')
    same(a.one('#text').get_attribute('value'), 'half a line', 'also the draft')


def apart(a, b):
    """Until they are on two nodes: who loses a session comes back by itself, and nginx knows where there is less to do."""
    for _ in range(10):
        if a.node() and b.node() and a.node() != b.node():
            break
        if pid := sql(f"select pid from chat.session_list where name = $q${b.name}$q$"):
            os.kill(int(pid), signal.SIGKILL)
        time.sleep(1)
    b.eventually(lambda: a.node() and b.node() and a.node() != b.node(), 'they are on two nodes')


def kill(a, b):
    apart(a, b)
    old = a.node()
    a.paste('typed before the kill')
    b.write('before')
    a.sees('#log .words', 'before', 'a conversation is going on')
    a.js('''window.bannerSeen = false; new MutationObserver(() => { if (!document.getElementById('banner').hidden) window.bannerSeen = true; })
        .observe(document.getElementById('banner'), {attributes: true, childList: true});''')
    for i in range(10):
        b.write(f'kill {i}')
    node(old, 'kill')
    for i in range(10, 20):
        b.write(f'kill {i}')
    want = [f'kill {i}' for i in range(20)]
    for p in (a, b):
        p.eventually(lambda: [t for t in p.texts() if t.startswith('kill ')] == want, f'a node is killed: {p.name} sees all 20 once and in order', 60)
    say(a.js('return window.bannerSeen'), 'the banner was seen')
    same(a.one('#text').get_attribute('value'), 'typed before the kill', 'the typed line is kept')
    same(sql("select count(*) from chat.messages where body like 'kill %'"), '20', 'the database has 20')
    a.one('#text').send_keys(Keys.ENTER)
    b.sees('#log .words', 'typed before the kill', 'and it goes on')
    node(old, 'start')


def tabs(a, b):
    first = a.d.current_window_handle
    a.d.switch_to.new_window('tab')
    a.d.get(f'http://{addr}/')
    a.sees('#myself', a.name, 'a second tab is logged in')
    a.talk_to(b.name)
    b.write('to all tabs')
    a.sees('#log .words', 'to all tabs', 'it hears')
    same(sql(f"select count(*) from chat.session_list where name = '{a.name}'"), '1', 'by the same session')
    a.write('from the second tab')
    a.d.close()
    a.d.switch_to.window(first)
    a.sees('#log .words', 'to all tabs', 'so does the first')
    a.sees('#log .words', 'from the second tab', 'which sees what the second has said')


def change(a, b):
    a.write('a tpyo')
    b.sees('#log .words', 'a tpyo', 'a text with an error')
    a.eventually(lambda: not a.js("return document.querySelector('#log .waiting')"), 'is stored')
    a.one('#text').send_keys(Keys.ARROW_UP)
    a.eventually(lambda: a.one('#text').get_attribute('value') == 'a tpyo', 'the arrow up takes it back')
    a.write('a typo')
    b.sees('#log .bubble', 'edited', 'it is put right')
    b.eventually(lambda: b.texts()[-1] == 'a typo', 'for both')
    a.js('window.confirm = () => true')
    a.js("[...document.querySelectorAll('#log .mine')].at(-1).querySelector('[data-role=remove]').click()")
    for p in (a, b):
        p.eventually(lambda: p.texts()[-1] == 'This message was deleted', f'and deleted, for {p.name}')


def search(a):
    a.find('HELLO TE')
    a.press('#people .row', 'Search all messages')
    a.press('#people .row', 'hello team')
    a.eventually(lambda: 'hello team' in a.one('#log .found').text, 'a text is found, and gone to')
    a.find('')


def past(a, b):
    """A long past loads by scrolling, and what one looks at stays where it is."""
    for i in range(120):
        b.js("document.getElementById('text').value = arguments[0]; document.getElementById('say').requestSubmit()", f'past {i}')
    b.eventually(lambda: not b.js("return document.querySelector('#log .waiting')"), 'much is said', 60)
    a.d.refresh()
    a.talk_to(b.name)
    a.eventually(lambda: a.texts()[-1:] == ['past 119'], 'a reload shows the end')
    say(len(a.texts()) < 100, 'and not all of the past')
    place = "const e = [...document.querySelectorAll('#log .words')].find(e => e.textContent === arguments[0]); return Math.round(e.getBoundingClientRect().top)"
    n, top, was = a.js("""document.getElementById('scroll').scrollTop = 100;
        const all = [...document.querySelectorAll('#log .words')], e = all.find(e => e.getBoundingClientRect().top > 80);
        return [all.length, e.textContent, Math.round(e.getBoundingClientRect().top)]""")
    a.eventually(lambda: len(a.texts()) > n, 'the past loads by scrolling')
    say(abs(a.js(place, top) - was) <= 2, 'without jumping', f'{top}: {was}, {a.js(place, top)}')


def rename(a, b, name):
    a.press('#about')
    a.press('dialog summary', 'Settings')
    a.fill('dialog [name=name]', name)
    a.press('dialog button', 'Save')
    a.eventually(lambda: a.one('#dialog-title').text == name, 'a group gets another name')
    a.js("document.getElementById('dialog').close()")


def leave(a):
    a.press('#settings')
    a.sees('dialog', 'Devices', 'the devices are listed')
    a.check_access('the settings')
    a.press('#logout')
    a.eventually(lambda: a.one('#enter [name=name]').is_displayed(), 'logging out leads to the door')
    same(a.js("return localStorage.getItem('token')"), None, 'without a token')
    a.eventually(lambda: not sql(f"select 1 from chat.session_list where name = '{a.name}'"), 'the session is over')
    a.fill('[name=name]', a.name)
    a.fill('[name=password]', 'wrong-password')
    a.press('#enter button.main')
    a.sees('#enter .wrong', 'wrong', 'a wrong password is said to be')
    a.check_access('the door')


def chinese(a):
    missing = a.d.execute_async_script("""import('/words.js').then(({languages: {EN, ZH}}) =>
        arguments[0](Object.keys(EN).concat(Object.keys(ZH)).filter(k => !EN[k] || !ZH[k])))""")
    same(missing, [], 'each text is there in both languages')
    a.d.execute_cdp_cmd('Emulation.setUserAgentOverride', {'userAgent': a.js('return navigator.userAgent'), 'acceptLanguage': 'zh-CN'})
    a.d.refresh()
    a.sees('#enter button', '登录', 'a Chinese browser is shown Chinese')
    same(a.js('return document.documentElement.lang'), 'zh-CN', 'and told so')


def main(a, b):
    first_load(a)
    register(a)
    b.d.get(f'http://{addr}/')
    register(b)
    apart(a, b)
    befriend(a, b)
    converse(a, b)
    for p in (a, b):
        p.js("document.querySelectorAll('#log .text').forEach(e => e.textContent.length > 9999 && e.remove())")
    group(a, b)
    unread(a, b)
    offline(a, b)
    kill(a, b)
    tabs(a, b)
    change(a, b)
    search(a)
    a.talk_to('team')
    rename(a, b, 'Friday hike')
    for text in ('Shall we meet on Friday?', 'I bring the map: https://example.org/map', 'and something to eat.'):
        a.write(text)
    b.talk_to('Friday')
    b.write(f'Good, @{a.name}! At nine?')
    a.sees('#log .words', 'At nine?', 'the group plans')
    a.write('At nine.')
    b.sees('#log .words', 'At nine.', 'and agrees')
    for p, name in ((a, 'wide'), (b, 'narrow')):
        p.check_access('a conversation')
        p.eventually(lambda: not p.one('#banner').is_displayed(), 'no banner')
        p.picture(f'{name}-light')
        p.picture(f'{name}-dark', dark=True)
        p.fits()
    a.talk_to(b.name)
    b.talk_to(a.name)
    past(a, b)
    b.js("document.getElementById('back').click()")
    b.check_access('the list')
    b.fits()
    b.picture('narrow-list')
    leave(a)
    chinese(a)
    for p in (a, b):
        same(p.complaints(), [], f"nothing in {p.name}'s console")


people = []
try:
    people += [Person('alice', 1280, 800), Person("Bob O'Hara", 360, 640, True)]
    main(*people)
except Exception:
    traceback.print_exc()
    say(False, 'it comes to its end')
for p in people:
    p.d.quit()
