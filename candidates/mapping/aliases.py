"""Headers that real exports use, folded to letters and digits. The order within a field is the order of preference."""

from __future__ import annotations

import re
import unicodedata

# "Sure" names: mapped without a look at the values, except that a linkedin column must hold LinkedIn addresses.
SURE: dict[str, tuple[str, ...]] = {
    "name": (
        *("name", "fullname", "candidatename", "candidate", "applicantname", "applicant", "contactname", "displayname"),
        *("personname", "namecandidate", "vollstandigername", "nomcomplet", "nombrecompleto", "imieinazwisko"),
    ),
    "first_name": ("firstname", "first", "givenname", "forename", "fname", "vorname", "prenom", "imie", "voornaam"),
    "last_name": (
        "lastname",
        "last",
        "surname",
        "familyname",
        "lname",
        "nachname",
        "apellido",
        "nazwisko",
        "achternaam",
    ),
    "email": (
        *("email", "emailaddress", "emails", "primaryemail", "personalemail", "workemail", "candidateemail", "mail"),
        *("emailid", "email1", "emailaddresses", "contactemail", "applicantemail", "emailadresse", "correo"),
    ),
    "phone": (
        *("phone", "phonenumber", "mobilephone", "mobile", "mobilenumber", "cellphone", "cell", "firstphone"),
        *("workdirectphone", "phonenumbers", "phones", "telephone", "primaryphone", "candidatephone", "phone1", "tel"),
        *("contactnumber", "homephone", "directphone", "telefon", "telefono", "telephonenumber", "handy"),
    ),
    "linkedin_url": (
        *("linkedinurl", "linkedin", "personlinkedinurl", "linkedinprofileurl", "linkedinprofile", "publicprofileurl"),
        *("linkedinlink", "linkedinpublicurl", "candidatelinkedin", "contactlinkedinurl", "profileurl"),
    ),
    "location": (
        *("location", "candidatelocation", "currentlocation", "address", "fulladdress", "homelocation"),
        *("residence", "standort", "wohnort", "locationname", "citystate", "ort", "mailingaddress"),
    ),
    "city": ("city", "locationcity", "town", "homecity", "stadt", "ville", "ciudad", "miasto"),
    "state": ("state", "locationstate", "stateprovince", "province", "region", "stateregion", "bundesland"),
    "country": ("country", "locationcountry", "countryregion", "land", "pays", "pais", "kraj"),
    "current_role": (
        *("currentrole", "currenttitle", "currentjobtitle", "jobtitle", "title", "linkedinjobtitle", "position"),
        *("currentposition", "role", "designation", "occupation", "jobrole", "contacttitle", "stelle", "poste"),
    ),
    "current_company": (
        *("currentcompany", "currentemployer", "company", "companyname", "employer", "linkedincompanyname"),
        *("organization", "organisation", "currentorganization", "companycurrent", "arbeitgeber", "firma", "empresa"),
    ),
    "current_dates": ("linkedinjobdaterange", "currentjobdates", "currentjobdaterange"),
    "previous_role": ("linkedinpreviousjobtitle", "previousjobtitle", "previoustitle", "previousrole", "lastjobtitle"),
    "previous_company": ("previouscompanyname", "previouscompany", "previousemployer", "lastemployer"),
    "previous_dates": ("linkedinpreviousjobdaterange", "previousjobdates"),
    "years_experience": (
        *("yearsexperience", "yearsofexperience", "experienceinyears", "yearsofsalesexperience", "yoe"),
        *("totalyearsofexperience", "totalyearsexperience", "yearssalesexperience", "years", "totalexperience"),
    ),
    "industries": ("industries", "industry", "companyindustry", "industryexperience", "sectors", "sector", "branche"),
    "skills": (
        *("skills", "skillset", "skill", "linkedinskillslabel", "keyskills", "topskills", "technicalskills"),
        *("primaryskills", "secondaryskills", "coreskills", "skilltags", "fahigkeiten", "competences"),
    ),
    "education": ("education", "educationlevel", "highesteducation", "qualification", "educationhistory", "ausbildung"),
    "school": ("linkedinschoolname", "school", "university", "college", "schoolname", "almamater"),
    "degree": ("linkedinschooldegree", "degree", "highestdegree", "qualificationheld"),
    "education_dates": ("linkedinschooldaterange",),
    "certifications": ("certifications", "certification", "certificates", "licenses", "licensesandcertifications"),
    "achievements": ("achievements", "achievement", "awards", "accomplishments", "honors", "honours"),
    "bio": (
        *("bio", "biosummary", "summary", "linkedindescription", "professionalsummary", "profilesummary", "aboutme"),
        *("biography", "about", "candidatesummary", "linkedinheadline", "headline"),
    ),
    "source_text": (
        *("resume", "resumetext", "cv", "cvtext", "notes", "note", "comments", "comment", "coverletter", "description"),
        *("relevantexperience", "experience", "workexperience", "workhistory", "employmenthistory"),
        *(
            "linkedinjobdescription",
            "linkedinpreviousjobdescription",
            "jobdescriptions",
            "recruiternotes",
            "lebenslauf",
        ),
        *(f"note{number}" for number in range(10)),
    ),
    "enrichment": ("crustdataenrichmentdata", "enrichmentdata", "enrichment"),
    "is_founder": ("isfounder", "founder", "founderexperience"),
    "startup_experience": ("startupexperience", "hasstartupexperience", "startup"),
    "enterprise_experience": ("enterpriseexperience", "hasenterpriseexperience", "enterprise"),
    "sold_to_finance": ("soldtofinance", "soldtofinanceteams", "hassoldtofinance"),
    "max_acv": ("maxacv", "largestacv", "highestacv", "acv", "maxdealsize", "largestdeal"),
    "quota_attainment": ("quotaattainment", "quotaattainmentpercent", "quotapercent", "averagequotaattainment"),
}

# Never mapped, by a person neither, and never kept: what a decision about people must not rest on.
PROTECTED_PARTS = (
    *("gender", "dateofbirth", "birthdate", "birthday", "birthyear", "maritalstatus", "ethnicity", "nationality"),
    *(
        "religion",
        "disability",
        "photo",
        "profileimage",
        "avatar",
        "profilepicture",
        "pictureurl",
        "imageurl",
        "headshot",
    ),
    *("sexualorientation", "pronouns", "veteranstatus", "geburtsdatum", "geschlecht", "familienstand"),
    *("citizenship", "pictureurl"),
)
PROTECTED = frozenset(
    {
        "sex",
        "age",
        "dob",
        "race",
        "born",
        "picture",
        "image",
        "married",
        "salutation",
        "plec",
        "sexe",
        "disabled",
        "veteran",
    }
)

# Headers that look like a field of the person and are something else: never mapped by themselves.
DECOYS: dict[str, str] = {
    "companynameforemails": "a spelling of the company for mailings",
    "companylinkedinurl": "the company's page, not the person's",
    "corporatephone": "the company's switchboard, not the person's number",
    "companyphone": "the company's switchboard, not the person's number",
    "joblocation": "where the job is, not where the candidate lives",
    "linkedinjoblocation": "where the job is, not where the candidate lives",
    "linkedinpreviousjoblocation": "where the job was, not where the candidate lives",
    "emailstatus": "whether the address was checked",
    "keywords": "words about the company",
    "website": "a website, stored but never opened",
    "websiteurl": "a website, stored but never opened",
    "companywebsite": "the company's website",
    "companyemail": "the company's address",
    "resumefilename": "the name of a file",
    "owner": "a colleague, not the candidate",
    "recruiter": "a colleague, not the candidate",
    "referrer": "somebody else",
    "username": "an account's name",
    "filename": "the name of a file",
    "projectname": "a project's name",
    "jobname": "the job applied to",
}
# A header with one of these words is about somebody or something else, so no near match may claim it.
FOREIGN_WORDS = frozenset(
    {
        *(
            "company",
            "corporate",
            "recruiter",
            "owner",
            "manager",
            "referrer",
            "referred",
            "posting",
            "hiring",
            "created",
        ),
        *(
            "emergency",
            "reference",
            "spouse",
            "parent",
            "agency",
            "vendor",
            "job",
            "project",
            "source",
            "status",
            "date",
        ),
        *("previous", "last", "interviewer", "filename", "file", "image", "twitter", "facebook", "github"),
        *("skype", "requisition", "user", "secret", "visibility", "time", "updated", "modified", "count", "id"),
    }
)

FIELD_OF: dict[str, tuple[str, int]] = {
    alias: (field, rank) for field, aliases in SURE.items() for rank, alias in enumerate(aliases)
}


def fold(header: str) -> str:
    """Letters and digits in lower case, accents taken off: "E-Mail Address" and "email_address" are one."""
    if not header.isascii():
        header = unicodedata.normalize("NFKD", header)
    return "".join(letter for letter in header.lower() if letter.isalnum())


def words(header: str) -> set[str]:
    """The words of a header, also of one such as "userNote-0" or "created_at"."""
    return {word.lower() for word in re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+", header)}


def is_protected(header: str) -> bool:
    """Whether a column by this name must never be read: gender, birth, photo, marital status and their like."""
    folded = fold(header)
    return folded in PROTECTED or any(part in folded for part in PROTECTED_PARTS)


def is_known(header: str) -> bool:
    """Whether the header is one that exports use; finds the header's line in a file."""
    folded = fold(header)
    return folded in FIELD_OF or folded in DECOYS or folded in SIGNS or (bool(folded) and is_protected(header))


# Other columns of real exports: they name no field, but they show that a row is a header.
SIGNS = frozenset(
    {
        *(
            "id",
            "status",
            "stage",
            "source",
            "sources",
            "origin",
            "tags",
            "date",
            "dateadded",
            "archivereason",
            "archivedate",
        ),
        *("links", "leverprofileid", "leverpostingurl", "candidateid", "createdat", "rejectionreason", "connectedon"),
        *("projectid", "pipelinestage", "notevisibility", "seniority", "departments", "employees", "twitterurl"),
        *(
            "apollocontactid",
            "connectiondegree",
            "refreshedat",
            "connectionsince",
            "timestamp",
            "zip",
            "zipcode",
            "street",
        ),
        *("skypeid", "facebookurl", "addedon", "desiredsalary", "curencycode", "createdbyid", "lifecyclestage", "job"),
        *(
            "interestlevel",
            "department",
            "office",
            "prospectpool",
            "prospectstage",
            "milestone",
            "socialmedia",
            "project",
        ),
        *("whogetscredit", "hiringstateid", "createdtime", "createddatetime", "lastmodifiedtime", "sourcingchannels"),
        *("disqualifiedreason", "jobshortcode", "interviewstage", "applicationstatus", "salesmethodologies", "otemin"),
        *(
            "willingtorelocate",
            "workstyleremote",
            "basesalarymin",
            "candidatestatus",
            "archivedate",
            "street",
            "project",
        ),
    }
)
